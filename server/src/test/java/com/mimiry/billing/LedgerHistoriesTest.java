package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of one organization each, with crashes between any two steps. For more of them:
 * {@code -Dmimiry.histories=100000}; to see one again: {@code -Dmimiry.seed=… -Dmimiry.histories=1}.
 */
class LedgerHistoriesTest {
    private static final int HISTORIES = Integer.getInteger("mimiry.histories", 1_000);
    private static final long SEED = Long.getLong("mimiry.seed", System.nanoTime());
    private static final int THREADS = 3;
    private static final int STEPS = 25;
    private static final int FAULTY_HISTORIES = 40;

    @Test
    void any_history_leaves_the_ledger_balanced_and_every_second_charged_once() throws Exception {
        System.out.println("ledger histories: " + HISTORIES + " from seed " + SEED);
        Till till = new Till();
        List<Callable<Seen>> shares = new ArrayList<>();
        for (int share = 0; share < THREADS; share++) {
            int first = share;
            shares.add(() -> run(till, first));
        }
        Seen seen = new Seen(0, 0, 0);
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (Future<Seen> share : threads.invokeAll(shares)) {
                seen = seen.plus(share.get());
            }
        }
        assertThat(till.faults()).as("seed %d", SEED).isEmpty();
        assertThat(till.number("select sum(balance_micros)::bigint from account"))
                .isZero();
        if (HISTORIES >= 100) {
            assertThat(seen.refusals())
                    .as("histories that ran into the end of the money")
                    .isPositive();
            assertThat(seen.failOvers())
                    .as("sessions that went to another candidate")
                    .isPositive();
            assertThat(seen.lostAnswers())
                    .as("operators whose connection was lost around a commit")
                    .isPositive();
            assertThat(till.number("select count(*) from ledger_transaction where kind = 'correction'"))
                    .isPositive();
            assertThat(till.number("select count(*) from account where kind = 'cash' and balance_micros < 0"))
                    .isPositive();
        }
    }

    private static Seen run(Till till, int first) {
        Seen seen = new Seen(0, 0, 0);
        for (int number = first; number < HISTORIES; number += THREADS) {
            seen = seen.plus(live(till, SEED + number, UnaryOperator.identity()));
        }
        return seen;
    }

    private static Seen live(Till till, long seed, UnaryOperator<Billing> tampering) {
        LedgerHistory history = new LedgerHistory(
                till.database,
                till.rules,
                new SplittableRandom(seed),
                Instant.parse("2026-01-31T21:00:00Z"),
                tampering);
        try {
            for (int step = 0; step < STEPS; step++) {
                history.step();
            }
            history.end();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + history.told(), e);
        }
        return new Seen(history.refusals(), history.failOvers(), history.lostAnswers());
    }

    /** The check itself, checked: each of these is what a careless change could make of billing. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void a_fault_in_billing_is_found(Fault fault) {
        Till till = new Till();
        assertThat(LongStream.range(0, FAULTY_HISTORIES).anyMatch(number -> isFound(till, SEED + number, fault)))
                .as("%s in %d histories from seed %d", fault, FAULTY_HISTORIES, SEED)
                .isTrue();
    }

    private static boolean isFound(Till till, long seed, Fault fault) {
        try {
            live(till, seed, fault::in);
            return false;
        } catch (AssertionError found) {
            return found.getCause() instanceof AssertionError;
        }
    }

    private enum Fault {
        THE_LAST_SECOND_IS_FREE {
            @Override
            @Nullable Object call(Call real) throws Throwable {
                return real.is("settle") ? real.with(3, real.time(3).minusSeconds(1)) : real.asIs();
            }
        },
        A_SECOND_IS_CHARGED_TWICE {
            @Override
            @Nullable Object call(Call real) throws Throwable {
                return real.is("settle") ? real.with(3, real.time(3).plusSeconds(1)) : real.asIs();
            }
        },
        THE_END_IS_NOT_SETTLED {
            @Override
            @Nullable Object call(Call real) throws Throwable {
                return real.is("settle") ? null : real.asIs();
            }
        },
        THE_NEXT_CANDIDATE_IS_CHARGED_AT_THE_RATE_OF_THE_FIRST {
            @Override
            @Nullable Object call(Call real) throws Throwable {
                return real.is("reprice") ? null : real.asIs();
            }
        },
        THE_METER_STAYS_AT_THE_FIRST_PROVIDER {
            @Override
            @Nullable Object call(Call real) throws Throwable {
                if (!real.is("reprice")) {
                    return real.asIs();
                }
                Billing.Terms asked = (Billing.Terms) real.arguments()[2];
                Billing.Terms unmoved = new Billing.Terms(
                        "docker", "T4", 1, asked.hourlyRate(), asked.hourlyCost(), asked.description());
                return real.with(2, unmoved);
            }
        },
        A_HOLD_OF_WHAT_NEVER_RAN_STAYS {
            @Override
            @Nullable Object call(Call real) throws Throwable {
                return real.is("release") ? null : real.asIs();
            }
        };

        abstract @Nullable Object call(Call real) throws Throwable;

        Billing in(Billing real) {
            return (Billing) Proxy.newProxyInstance(
                    Billing.class.getClassLoader(),
                    new Class<?>[] {Billing.class},
                    (_, method, arguments) -> call(new Call(real, method, arguments)));
        }
    }

    /** A call on its way to billing. */
    private record Call(Billing real, Method method, Object[] arguments) {
        boolean is(String name) {
            return method.getName().equals(name);
        }

        Instant time(int index) {
            return (Instant) arguments[index];
        }

        @Nullable Object asIs() throws Throwable {
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        @Nullable Object with(int index, Object argument) throws Throwable {
            Object[] changed = arguments.clone();
            changed[index] = argument;
            return new Call(real, method, changed).asIs();
        }
    }

    private record Seen(int refusals, int failOvers, int lostAnswers) {
        Seen plus(Seen other) {
            return new Seen(refusals + other.refusals, failOvers + other.failOvers, lostAnswers + other.lostAnswers);
        }
    }
}
