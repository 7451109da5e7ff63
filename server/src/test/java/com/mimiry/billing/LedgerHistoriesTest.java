package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Random histories of one organization each, with crashes between any two steps. For more of them:
 * {@code -Dmimiry.histories=100000}; to see one again: {@code -Dmimiry.seed=… -Dmimiry.histories=1}.
 */
class LedgerHistoriesTest {
    private static final int HISTORIES = Integer.getInteger("mimiry.histories", 1_000);
    private static final long SEED = Long.getLong("mimiry.seed", System.nanoTime());
    private static final int THREADS = 3;
    private static final int STEPS = 25;

    @Test
    void any_history_leaves_the_ledger_balanced_and_every_second_charged_once() throws Exception {
        System.out.println("ledger histories: " + HISTORIES + " from seed " + SEED);
        Till till = new Till();
        List<Callable<Integer>> shares = new ArrayList<>();
        for (int share = 0; share < THREADS; share++) {
            int first = share;
            shares.add(() -> run(till, first));
        }
        int refusals = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (Future<Integer> share : threads.invokeAll(shares)) {
                refusals += share.get();
            }
        }
        assertThat(till.faults()).as("seed %d", SEED).isEmpty();
        assertThat(till.number("select sum(balance_micros)::bigint from account"))
                .isZero();
        if (HISTORIES >= 100) {
            assertThat(refusals)
                    .as("histories that ran into the end of the money")
                    .isPositive();
            assertThat(till.number("select count(*) from ledger_transaction where kind = 'correction'"))
                    .isPositive();
            assertThat(till.number("select count(*) from account where kind = 'cash' and balance_micros < 0"))
                    .isPositive();
        }
    }

    private static int run(Till till, int first) {
        int refusals = 0;
        for (int number = first; number < HISTORIES; number += THREADS) {
            long seed = SEED + number;
            LedgerHistory history = new LedgerHistory(
                    till.database, till.rules, new SplittableRandom(seed), Instant.parse("2026-01-31T21:00:00Z"));
            try {
                for (int step = 0; step < STEPS; step++) {
                    history.step();
                }
                history.end();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + history.told(), e);
            }
            refusals += history.refusals();
        }
        return refusals;
    }
}
