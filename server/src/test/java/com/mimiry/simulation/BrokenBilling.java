package com.mimiry.simulation;

import com.mimiry.billing.Billing;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Billing whose meter does not run from the confirmed start to the proven end: what rule 8 forbids. */
final class BrokenBilling {
    private static final Duration TOO_EARLY = Duration.ofSeconds(7);
    private static final int FROM = 2;
    private static final int END = 3;

    private BrokenBilling() {}

    static Billing of(Billing real, Clock clock, Breach breach) {
        return (Billing) Proxy.newProxyInstance(
                Billing.class.getClassLoader(), new Class<?>[] {Billing.class}, (_, method, arguments) -> {
                    boolean settles = method.getName().equals("settle");
                    if (breach == Breach.METER_TOO_EARLY
                            && (settles || method.getName().equals("meter"))) {
                        arguments[FROM] = ((Instant) arguments[FROM]).minus(TOO_EARLY);
                    }
                    if (breach == Breach.GROWTH_NOT_BILLED
                            && (method.getName().equals("extend")
                                    || method.getName().equals("rerate"))) {
                        return null;
                    }
                    if (breach == Breach.SETTLED_WHEN_NOTICED && settles) {
                        arguments[END] = clock.instant();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
