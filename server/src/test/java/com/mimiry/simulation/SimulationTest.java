package com.mimiry.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.simulation.Simulate.Plan;
import com.mimiry.simulation.Simulate.Report;
import com.mimiry.simulation.Simulation.Outcome;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The control plane under everything that can go wrong, seed after seed. For other seeds:
 * {@code -Dmimiry.seed=1000 -Dmimiry.seeds=500}, or {@code ./mimiry simulate}.
 */
class SimulationTest {
    private static final long FIRST_SEED = Long.getLong("mimiry.seed", 1);
    private static final long SEEDS_MIN = 200;
    private static final long SEEDS = Long.getLong("mimiry.seeds", 100_000);
    private static final Duration LIMIT = Duration.ofSeconds(Long.getLong("mimiry.simulation-seconds", 240));
    private static final int THREADS = 2;

    /** So rare that no number of it is promised. */
    private static final EnumSet<Fault> SELDOM = EnumSet.of(Fault.RUN_AGAIN);

    @Test
    void whatever_crashes_and_whenever_nothing_leaks_and_every_second_is_accounted_for() {
        Report report = Simulate.run(new Plan(FIRST_SEED, SEEDS, SEEDS_MIN, LIMIT, THREADS, false, Breach.NONE));
        System.out.print("simulation from seed " + FIRST_SEED + ": " + report.text());

        assertThat(report.failed())
                .withFailMessage(() -> Simulate.explained(report.failed().getFirst()))
                .isEmpty();
        if (SEEDS >= SEEDS_MIN) {
            assertThat(report.seeds()).isGreaterThanOrEqualTo(SEEDS_MIN);
            assertThat(report.sessions()).isGreaterThan(10 * report.seeds());
            assertThat(report.volumes()).isGreaterThan(report.seeds());
            assertThat(report.ends()).containsOnlyKeys("completed", "failed", "provision_failed", "stopped");
            assertThat(report.faults().keySet()).containsAll(EnumSet.complementOf(SELDOM));
        }
    }

    @Test
    void a_seed_is_the_same_run_every_time() {
        for (long seed = 3; seed <= 6; seed++) {
            assertThat(story(seed)).isEqualTo(story(seed));
        }
    }

    private static String story(long seed) {
        try (Ground ground = new Ground()) {
            Outcome outcome = Simulation.run(seed, ground, Breach.NONE);
            return outcome.faults() + "\n" + outcome.steps() + "\n"
                    + outcome.story().text(List.of());
        }
    }
}
