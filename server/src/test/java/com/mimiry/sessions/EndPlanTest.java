package com.mimiry.sessions;

import static com.mimiry.sessions.SessionFixture.T0;
import static com.mimiry.sessions.SessionFixture.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.InitLine;
import com.mimiry.sessions.Observed.MachineSight;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a session ended, when that is shown, and that its machine goes. */
class EndPlanTest {
    @ParameterizedTest
    @CsvSource({"0, COMPLETED", "1, FAILED", "127, FAILED", "255, FAILED"})
    void the_exit_code_decides_between_completed_and_failed(int code, SessionState expected) {
        SessionFixture ended = SessionFixture.exited(code);
        ended.reports.add(new InitLine.CommandEnded(at(3), code, false, false));
        assertThat(ended.next(5)).isInstanceOfSatisfying(Decision.Conclude.class, end -> {
            assertThat(end.endState()).isEqualTo(expected);
            assertThat(end.exitCode()).isEqualTo(code);
            assertThat(end.endedAt()).isEqualTo(at(3));
            assertThat(end.stopReason()).isNull();
        });
    }

    @Test
    void a_command_that_ended_by_itself_after_delete_counts_as_completed() {
        SessionFixture ended = SessionFixture.exited(0);
        ended.endReason = StopReason.USER_REQUESTED;
        ended.endRequestedAt = at(2);
        ended.reports.add(new InitLine.CommandEnded(at(3), 0, false, false));
        assertThat(ended.next(5))
                .isInstanceOfSatisfying(
                        Decision.Conclude.class,
                        end -> assertThat(end.endState()).isEqualTo(SessionState.COMPLETED));
    }

    @Test
    void a_command_that_had_to_be_asked_counts_as_stopped() {
        SessionFixture ended = SessionFixture.exited(143);
        ended.endReason = StopReason.USER_REQUESTED;
        ended.endRequestedAt = at(1);
        ended.termSentAt = at(3);
        ended.reports.add(new InitLine.CommandEnded(at(3.1), 143, false, true));
        assertThat(ended.next(5))
                .isEqualTo(new Decision.Conclude(SessionState.STOPPED, 143, null, StopReason.USER_REQUESTED, at(4)));
    }

    @Test
    void a_command_that_ended_by_itself_after_delete_counts_as_ended_by_itself_on_a_kept_machine_too() {
        SessionFixture kept = SessionFixture.exited(143);
        kept.endReason = StopReason.USER_REQUESTED;
        kept.endRequestedAt = at(1);
        kept.exitCode = 0;
        kept.endedAt = at(2);
        kept.termSentAt = at(3);
        assertThat(kept.next(5)).isEqualTo(new Decision.Conclude(SessionState.COMPLETED, 0, null, null, at(2)));
        kept.endRequestedAt = at(2.5);
        assertThat(kept.next(5))
                .as("kept when its end was asked for")
                .isEqualTo(new Decision.Conclude(SessionState.STOPPED, 0, null, StopReason.USER_REQUESTED, at(2)));
        kept.endRequestedAt = at(1);
        kept.termSentAt = at(1.5);
        assertThat(kept.next(5))
                .as("told to end before")
                .isEqualTo(new Decision.Conclude(SessionState.STOPPED, 0, null, StopReason.USER_REQUESTED, at(2)));
    }

    @Test
    void a_deadline_that_fired_on_the_machine_is_a_time_out_also_when_the_server_was_away() {
        SessionFixture ended = SessionFixture.exited(143);
        ended.reports.add(new InitLine.DeadlineReached(at(3)));
        ended.reports.add(new InitLine.CommandEnded(at(3.1), 143, false, true));
        assertThat(ended.next(5))
                .isInstanceOfSatisfying(
                        Decision.Conclude.class,
                        end -> assertThat(end.stopReason()).isEqualTo(StopReason.TIMED_OUT));
    }

    @Test
    void an_out_of_memory_kill_is_named() {
        SessionFixture ended = SessionFixture.exited(137);
        ended.container = new ContainerStatus.Exited(T0, at(4), 137, true, "");
        ended.reports.add(new InitLine.CommandEnded(at(3), 137, false, false));
        assertThat(ended.next(5))
                .isInstanceOfSatisfying(
                        Decision.Conclude.class, end -> assertThat(end.error()).contains("Out of memory", "1.0 GiB"));
    }

    @Test
    void a_killed_child_does_not_turn_success_into_failure() {
        SessionFixture ended = SessionFixture.exited(0);
        ended.container = new ContainerStatus.Exited(T0, at(4), 0, true, "");
        ended.reports.add(new InitLine.CommandEnded(at(3), 0, false, false));
        assertThat(ended.next(5))
                .isInstanceOfSatisfying(
                        Decision.Conclude.class,
                        end -> assertThat(end.endState()).isEqualTo(SessionState.COMPLETED));
    }

    @Test
    void rule_4_a_container_whose_init_was_killed_is_failed_as_lost() {
        assertThat(SessionFixture.exited(137).next(10)).isInstanceOfSatisfying(Decision.Conclude.class, end -> {
            assertThat(end.endState()).isEqualTo(SessionState.FAILED);
            assertThat(end.stopReason()).isEqualTo(StopReason.PROVIDER_LOST);
        });
    }

    @Test
    void rule_4_a_container_that_vanished_fails_the_session_with_the_reason() {
        SessionFixture vanished = SessionFixture.exited(0);
        vanished.container = new ContainerStatus.Absent();
        assertThat(vanished.next(10)).isInstanceOfSatisfying(Decision.Conclude.class, end -> {
            assertThat(end.endState()).isEqualTo(SessionState.FAILED);
            assertThat(end.stopReason()).isEqualTo(StopReason.PROVIDER_LOST);
        });
    }

    @Test
    void the_end_waits_for_the_rest_of_the_output_but_not_for_ever() {
        SessionFixture ended = SessionFixture.exited(0);
        ended.operationSince = at(4);
        ended.drained = false;
        assertThat(ended.next(33.9)).isInstanceOf(Decision.Pause.class);
        assertThat(ended.next(34)).isInstanceOf(Decision.Conclude.class);
    }

    @Test
    void output_that_nobody_could_read_meanwhile_is_waited_for_when_somebody_looks_again() {
        SessionFixture ended = SessionFixture.exited(0);
        ended.operationSince = at(4);
        ended.drained = false;
        ended.endSeenSince = at(100);
        assertThat(ended.next(129.9)).isInstanceOf(Decision.Pause.class);
        assertThat(ended.next(130)).isInstanceOf(Decision.Conclude.class);
    }

    @Test
    void the_machine_is_freed_while_clients_still_see_started() {
        SessionFixture ended = SessionFixture.exited(0);
        ended.result = new Session.Result(SessionState.COMPLETED, null, null);
        ended.endedAt = at(1);
        assertThat(ended.next(2)).isInstanceOf(Decision.Destroy.class);
        assertThat(ended.next(6)).isInstanceOf(Decision.ShowEnd.class);
    }

    @Test
    void an_end_state_is_shown_three_seconds_after_the_last_line_became_readable() {
        SessionFixture ended = SessionFixture.exited(0);
        ended.result = new Session.Result(SessionState.COMPLETED, null, null);
        ended.attempt = Attempt.Status.GONE;
        ended.lastReadableAt = at(20);
        assertThat(ended.next(22.9)).isEqualTo(new Decision.Pause(Duration.ofMillis(101)));
        assertThat(ended.next(23)).isInstanceOf(Decision.ShowEnd.class);
    }

    @Test
    void rule_3_a_machine_counts_as_gone_after_two_complete_listings_some_seconds_apart() {
        SessionFixture releasing = SessionFixture.exited(0);
        releasing.state = SessionState.STOPPED;
        releasing.result = new Session.Result(SessionState.STOPPED, null, StopReason.USER_REQUESTED);
        releasing.destroyAskedAt = at(10);
        releasing.machine = new MachineSight.Absent(at(9.9));
        assertThat(releasing.next(10)).isInstanceOf(Decision.Pause.class);
        releasing.machine = new MachineSight.Absent(at(10.1));
        assertThat(releasing.next(10.2)).isEqualTo(new Decision.NoteAbsence(at(10.1)));
        releasing.absentSince = at(10.1);
        releasing.machine = new MachineSight.Absent(at(12));
        assertThat(releasing.next(12)).isInstanceOf(Decision.Pause.class);
        releasing.machine = new MachineSight.Absent(at(12.1));
        assertThat(releasing.next(12.1)).isEqualTo(new Decision.CloseMachine(at(10.1)));
    }

    @Test
    void the_second_listing_is_looked_for_when_it_can_prove_something_and_less_often_the_longer_it_takes() {
        SessionFixture releasing = SessionFixture.exited(0);
        releasing.state = SessionState.STOPPED;
        releasing.result = new Session.Result(SessionState.STOPPED, null, StopReason.USER_REQUESTED);
        releasing.destroyAskedAt = at(10);
        releasing.absentSince = at(10.1);
        releasing.machine = new MachineSight.Absent(at(10.1));
        assertThat(releasing.next(10.5)).isEqualTo(new Decision.Pause(Duration.ofMillis(1_601)));
        assertThat(releasing.next(12.2)).isEqualTo(new Decision.Pause(Duration.ofMillis(100)));
        assertThat(releasing.next(18.1)).isEqualTo(new Decision.Pause(Duration.ofSeconds(3)));
    }

    @Test
    void rule_3_a_machine_that_was_just_launched_may_not_be_in_listings_yet() {
        SessionFixture young = SessionFixture.exited(0);
        young.state = SessionState.STOPPED;
        young.result = new Session.Result(SessionState.STOPPED, null, StopReason.USER_REQUESTED);
        young.destroyAskedAt = at(1);
        young.absentSince = at(1.1);
        young.machine = new MachineSight.Absent(at(4.9));
        assertThat(young.next(5)).isInstanceOf(Decision.Pause.class);
        young.machine = new MachineSight.Absent(at(5));
        assertThat(young.next(5.1)).isEqualTo(new Decision.CloseMachine(at(1.1)));
    }

    @Test
    void rule_3_a_machine_that_shows_up_again_is_destroyed_again_for_as_long_as_it_takes() {
        SessionFixture releasing = SessionFixture.exited(0);
        releasing.state = SessionState.STOPPED;
        releasing.result = new Session.Result(SessionState.STOPPED, null, StopReason.USER_REQUESTED);
        releasing.destroyAskedAt = at(10);
        releasing.absentSince = at(11);
        releasing.machine = new MachineSight.Listed(SessionFixture.machine(releasing.tag));
        assertThat(releasing.next(12)).isEqualTo(new Decision.NoteAbsence(null));
        releasing.absentSince = null;
        assertThat(releasing.next(1_000_000)).isInstanceOf(Decision.Destroy.class);
        releasing.machine = new MachineSight.Unseen();
        assertThat(releasing.next(2_000_000)).isInstanceOf(Decision.Pause.class);
    }

    @ParameterizedTest
    @CsvSource({"COMPLETED, TERMINATED", "STOPPED, TERMINATED", "FAILED, FAILED", "PROVISION_FAILED, PROVISION_FAILED"})
    void failures_stay_and_the_others_go_on_to_terminated(SessionState shown, SessionState last) {
        SessionFixture over = new SessionFixture();
        over.state = shown;
        over.operation = Operation.NONE;
        over.result = new Session.Result(shown, null, null);
        over.endShownAt = at(10);
        assertThat(over.next(16)).isEqualTo(new Decision.Terminate(last));
    }

    @Test
    void a_failed_session_at_rest_is_terminated_by_delete_only() {
        SessionFixture failed = new SessionFixture();
        failed.state = SessionState.FAILED;
        failed.operation = Operation.NONE;
        failed.result = new Session.Result(SessionState.FAILED, "why", null);
        failed.terminatedAt = at(20);
        assertThat(failed.next(30)).isInstanceOf(Decision.Finished.class);
        failed.deleteRequestedAt = at(31);
        assertThat(failed.next(31)).isEqualTo(new Decision.Terminate(SessionState.TERMINATED));
    }
}
