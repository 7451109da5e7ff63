package com.mimiry.providers.verda;

import org.junit.jupiter.api.Test;

/**
 * Random histories of the real adapter at an emulated Verda that fails in every way it can: afterwards the account holds
 * nothing but what is wanted, and nothing was made twice. {@code -Dmimiry.seed=N -Dmimiry.seeds=1} replays one.
 */
class VerdaFuzzTest {
    private static final long FIRST = Long.getLong("mimiry.seed", 1);
    private static final int SEEDS = Integer.getInteger("mimiry.seeds", 4);
    private static final int STEPS = 120;

    @Test
    void whatever_goes_wrong_the_account_holds_in_the_end_what_is_wanted_and_nothing_else() {
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            try (VerdaFuzz history = new VerdaFuzz(seed)) {
                try {
                    history.live(STEPS);
                    history.settle();
                    history.audit();
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError(
                            "seed " + seed + ": " + e.getMessage() + "\n" + String.join("\n", history.story), e);
                }
                System.out.println("verda seed " + seed + ": " + history.figures());
            }
        }
    }
}
