package com.mimiry.simulation;

import com.mimiry.platform.Database;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Objects;

/** An adapter that keeps what others need while it waits for an answer: what rule 10 forbids. */
final class BrokenAdapter {
    private static final long FOR_EVER_MICROS = 1_000 * 3_600_000_000L;

    private BrokenAdapter() {}

    static Provider of(Provider real, Database database, Breach breach) {
        return (Provider) Proxy.newProxyInstance(
                Provider.class.getClassLoader(), new Class<?>[] {Provider.class}, (_, method, arguments) -> {
                    boolean launches = method.getName().equals("launch");
                    try {
                        if (launches && breach == Breach.CONNECTION_HELD) {
                            return database.inTransaction(_ -> real.launch((Provider.LaunchRequest) arguments[0]));
                        }
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        if (launches
                                && breach == Breach.NO_TIMEOUT
                                && e.getCause() instanceof ProviderFailure.Unavailable) {
                            Objects.requireNonNull(Strand.current()).sleep(FOR_EVER_MICROS);
                        }
                        throw e.getCause();
                    }
                });
    }
}
