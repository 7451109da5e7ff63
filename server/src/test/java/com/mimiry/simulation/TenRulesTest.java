package com.mimiry.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.simulation.Simulate.Plan;
import com.mimiry.simulation.Simulate.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The simulation can fail: a server with a part that ignores one of the ten rules does not get past it. */
class TenRulesTest {
    private static final int SEEDS_MAX = 60;
    private static final int SEEDS_AT_ONCE = 2;

    @Test
    void rule_1_a_launch_without_a_committed_intent_is_caught() {
        assertCaught(Breach.NO_INTENT, "has no committed intent");
    }

    @Test
    void rule_2_an_adapter_that_says_no_where_it_does_not_know_is_caught() {
        assertCaught(Breach.AMBIGUOUS_IS_FAILED, "two machines at once");
    }

    @Test
    void rule_3_taking_one_listing_for_proof_is_caught() {
        assertCaught(Breach.ABSENT_ONCE_IS_GONE, "rule 3: .* was taken for gone");
    }

    @Test
    void rule_3_using_an_incomplete_listing_is_caught() {
        assertCaught(Breach.INCOMPLETE_LISTING_USED, "rule 3: .* was taken for gone");
    }

    @Test
    void rule_4_nobody_sweeping_is_caught() {
        assertCaught(Breach.NO_SWEEP, "which no live row owns");
    }

    @Test
    void rule_5_taking_silence_for_death_is_caught() {
        assertCaught(Breach.UNREACHABLE_IS_DEAD, "failed \\(provider_lost.*nothing that happened explains");
    }

    @Test
    void rule_6_trusting_an_address_is_caught() {
        assertCaught(Breach.HOST_KEY_IGNORED, "rule 6: .* was spoken to on machine");
    }

    @Test
    void rule_7_a_deadline_that_is_not_armed_on_the_machine_is_caught() {
        assertCaught(Breach.DEADLINE_NOT_ARMED, "rule 7: ran for");
    }

    @Test
    void rule_7_an_end_of_the_money_that_the_machine_does_not_hear_of_is_caught() {
        assertCaught(Breach.MONEY_NOT_ARMED, "rule 7: ran until .* its money ended");
    }

    @Test
    void rule_8_a_meter_that_runs_before_the_machine_does_is_caught() {
        assertCaught(Breach.METER_TOO_EARLY, "rule 8: seconds is");
    }

    @Test
    void rule_8_a_bill_that_ends_when_the_end_was_noticed_is_caught() {
        assertCaught(Breach.SETTLED_WHEN_NOTICED, "rule 8: seconds is");
    }

    @Test
    void rule_9_steps_that_are_not_run_again_after_a_crash_are_caught() {
        assertCaught(Breach.STEPS_RUN_AT_MOST_ONCE, "is stuck");
    }

    @Test
    void rule_10_writes_that_ignore_the_version_are_caught() {
        assertCaught(Breach.VERSION_IGNORED, ".*");
    }

    @Test
    void rule_10_a_connection_that_is_held_while_a_provider_is_asked_is_caught() {
        assertCaught(Breach.CONNECTION_HELD, "rule 10: before a launch, while a connection is held");
    }

    @Test
    void rule_10_waiting_for_ever_for_an_answer_is_caught() {
        assertCaught(Breach.NO_TIMEOUT, "session .* is stuck");
    }

    @Test
    void rule_2_a_volume_whose_create_was_taken_for_refused_is_caught() {
        assertCaught(Breach.VOLUME_AMBIGUOUS_IS_FAILED, "rule 2: was refused, and was made");
    }

    @Test
    void rule_3_taking_one_listing_for_proof_that_a_volume_is_gone_is_caught() {
        assertCaught(Breach.VOLUME_ABSENT_ONCE_IS_GONE, "volume .* rule 3: was taken for");
    }

    @Test
    void rule_4_nobody_sweeping_volumes_is_caught() {
        assertCaught(Breach.NO_VOLUME_SWEEP, "holds volume .*, which no live row owns");
    }

    @Test
    void a_volume_that_is_given_to_two_sessions_is_caught() {
        assertCaught(Breach.VOLUME_GIVEN_TWICE, "volume .* was wanted for .* while machine .* had it");
    }

    @Test
    void rule_8_growth_that_is_not_paid_for_is_caught() {
        assertCaught(Breach.GROWTH_NOT_BILLED, "rule 8: is billed at .* an hour with .* GB");
    }

    private static void assertCaught(Breach breach, String words) {
        for (int first = 1; first <= SEEDS_MAX; first += SEEDS_AT_ONCE) {
            Report report = Simulate.run(new Plan(first, SEEDS_AT_ONCE, 0, null, 2, false, breach));
            List<String> caught = report.failed().stream()
                    .flatMap(outcome -> outcome.violations().stream())
                    .filter(violation -> violation.matches(".*" + words + ".*"))
                    .toList();
            if (!caught.isEmpty()) {
                return;
            }
        }
        assertThat(false).as("%s within %d seeds", breach, SEEDS_MAX).isTrue();
    }
}
