package com.mimiry.sessions;

import static com.mimiry.sessions.SessionFixture.T0;
import static com.mimiry.sessions.SessionFixture.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.InitLine;
import com.mimiry.providers.Provider.EndReason;
import com.mimiry.providers.Provider.Ended;
import com.mimiry.providers.Provider.MachineState;
import com.mimiry.sessions.Observed.ImageSight;
import com.mimiry.sessions.Observed.MachineSight;
import com.mimiry.sessions.Observed.MoneySight;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SessionPlanTest {
    @Test
    void a_new_session_is_placed() {
        assertThat(new SessionFixture().next(0)).isInstanceOf(Decision.Place.class);
    }

    @Test
    void rule_2_an_ambiguous_launch_is_neither_repeated_nor_given_up_before_it_is_proven_absent() {
        SessionFixture unknown = new SessionFixture();
        unknown.attempt = Attempt.Status.UNKNOWN;
        unknown.machine = new MachineSight.Unseen();
        assertThat(unknown.next(100)).isInstanceOf(Decision.Pause.class);
        unknown.machine = new MachineSight.Absent(at(4.9));
        assertThat(unknown.next(5)).isInstanceOf(Decision.Pause.class);
        unknown.machine = new MachineSight.Absent(at(5));
        assertThat(unknown.next(5)).isInstanceOf(Decision.GiveUp.class);
    }

    @Test
    void rule_2_an_attempt_that_was_given_up_is_not_adopted_when_its_machine_shows_up_after_all() {
        SessionFixture givenUp = new SessionFixture();
        givenUp.attempt = Attempt.Status.UNKNOWN;
        givenUp.destroyAskedAt = at(6);
        givenUp.machine = new MachineSight.Listed(SessionFixture.machine(givenUp.tag));
        assertThat(givenUp.next(7)).isInstanceOf(Decision.Pause.class);
    }

    @Test
    void rule_3_a_machine_that_was_given_up_is_ended_and_followed_until_it_is_proven_gone_before_the_next_is_tried() {
        SessionFixture givenUp = new SessionFixture();
        givenUp.attempt = Attempt.Status.UNKNOWN;
        givenUp.destroyAskedAt = at(6);
        givenUp.machine = new MachineSight.Listed(SessionFixture.machine(givenUp.tag, MachineState.STARTING));
        assertThat(givenUp.next(15.9)).isInstanceOf(Decision.Pause.class);
        assertThat(givenUp.next(16)).as("it is asked for again").isInstanceOf(Decision.Destroy.class);
        givenUp.machine = new MachineSight.Absent(at(17));
        assertThat(givenUp.next(17)).isEqualTo(new Decision.NoteAbsence(at(17)));
        givenUp.absentSince = at(17);
        assertThat(givenUp.next(18)).isInstanceOf(Decision.Pause.class);
        givenUp.machine = new MachineSight.Absent(at(19));
        assertThat(givenUp.next(19)).isInstanceOf(Decision.WriteOff.class);
    }

    @Test
    void rule_9_an_attempt_of_which_nothing_can_be_learned_ends_with_the_time_for_placing_and_stays_open() {
        SessionFixture unknown = new SessionFixture();
        unknown.attempt = Attempt.Status.UNKNOWN;
        assertThat(unknown.next(900)).isInstanceOf(Decision.Pause.class);
        assertThat(unknown.next(901)).isInstanceOfSatisfying(Decision.Conclude.class, end -> {
            assertThat(end.endState()).isEqualTo(SessionState.PROVISION_FAILED);
            assertThat(end.error()).contains("15m");
        });
        unknown.destroyAskedAt = at(600);
        unknown.machine = new MachineSight.Listed(SessionFixture.machine(unknown.tag, MachineState.ENDING));
        assertThat(unknown.next(901)).isInstanceOf(Decision.Conclude.class);
        unknown.result = new Session.Result(SessionState.PROVISION_FAILED, null, null);
        unknown.state = SessionState.PROVISION_FAILED;
        assertThat(unknown.next(902)).isInstanceOf(Decision.Destroy.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Operation.class,
            names = {"SETTING_UP", "PULLING_IMAGE", "STARTING_CONTAINER"})
    void rule_4_a_machine_that_is_lost_before_its_container_has_started_fails_the_session(Operation operation) {
        SessionFixture silent = new SessionFixture();
        silent.state = SessionState.PROVISIONED;
        silent.operation = operation;
        silent.attempt = Attempt.Status.LAUNCHED;
        silent.container = null;
        silent.machine = new MachineSight.Absent(at(20));
        assertThat(silent.next(20)).isEqualTo(new Decision.NoteAbsence(at(20)));
        silent.absentSince = at(20);
        silent.absentSeenAt = at(40);
        silent.machine = new MachineSight.Absent(at(50));
        assertThat(silent.next(50))
                .isInstanceOfSatisfying(
                        Decision.Conclude.class,
                        end -> assertThat(end.stopReason()).isEqualTo(StopReason.PROVIDER_LOST));
    }

    @Test
    void a_machine_that_its_provider_ends_while_its_engine_is_silent_is_lost() {
        SessionFixture silent = SessionFixture.started();
        silent.container = null;
        silent.machine = new MachineSight.Listed(SessionFixture.machine(silent.tag, MachineState.ENDING));
        assertThat(silent.next(100)).isEqualTo(new Decision.NoteAbsence(at(100)));
        silent.absentSince = at(100);
        silent.absentSeenAt = at(120);
        assertThat(silent.next(130))
                .isEqualTo(new Decision.Conclude(
                        SessionState.FAILED,
                        null,
                        "The machine is lost: its provider has ended it.",
                        StopReason.PROVIDER_LOST,
                        at(100)));
        silent.container = new ContainerStatus.Running(T0);
        assertThat(silent.next(130)).as("it answers").isInstanceOf(Decision.Pause.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Operation.class,
            names = {"PROVISIONING", "SETTING_UP", "PULLING_IMAGE", "STARTING_CONTAINER"})
    void the_end_of_the_money_and_a_suspension_end_every_step_before_the_start(Operation operation) {
        SessionFixture early = new SessionFixture();
        early.state = operation == Operation.PROVISIONING ? SessionState.SUBMITTED : SessionState.PROVISIONED;
        early.operation = operation;
        early.attempt = operation == Operation.PROVISIONING ? null : Attempt.Status.LAUNCHED;
        assertThat(SessionPlan.looks(early.row(), at(1))).contains(SessionPlan.Look.MONEY);
        early.money = new MoneySight.Over(StopReason.SUSPENDED);
        assertThat(early.next(1)).isEqualTo(new Decision.RequestEnd(StopReason.SUSPENDED));
    }

    @Test
    void rule_1_a_machine_whose_launch_was_never_answered_is_adopted_by_its_tag() {
        SessionFixture crashed = new SessionFixture();
        crashed.attempt = Attempt.Status.INTENDED;
        crashed.machine = new MachineSight.Listed(SessionFixture.machine(crashed.tag));
        assertThat(crashed.next(1)).isInstanceOf(Decision.Adopt.class);
    }

    @Test
    void a_machine_that_is_starting_is_waited_for_and_given_up_when_that_takes_too_long() {
        SessionFixture booting = new SessionFixture();
        booting.attempt = Attempt.Status.UNKNOWN;
        booting.machine = new MachineSight.Listed(SessionFixture.machine(booting.tag, MachineState.STARTING));
        assertThat(booting.next(600)).isInstanceOf(Decision.Pause.class);
        assertThat(booting.next(601)).isEqualTo(new Decision.GiveUp("The machine did not start within 10m."));
        booting.machine = new MachineSight.Listed(SessionFixture.machine(booting.tag));
        assertThat(booting.next(601)).isInstanceOf(Decision.Adopt.class);
    }

    @Test
    void a_machine_that_is_taken_back_before_it_has_started_is_given_up() {
        SessionFixture reclaimed = new SessionFixture();
        reclaimed.attempt = Attempt.Status.UNKNOWN;
        reclaimed.machine = new MachineSight.Listed(SessionFixture.machine(reclaimed.tag, MachineState.ENDING));
        assertThat(reclaimed.next(1)).isInstanceOf(Decision.GiveUp.class);
    }

    @Test
    void rule_4_a_running_session_whose_machine_complete_listings_lack_for_long_is_lost() {
        SessionFixture silent = SessionFixture.started();
        silent.container = null;
        silent.machine = new MachineSight.Absent(at(100));
        assertThat(silent.next(100)).isEqualTo(new Decision.NoteAbsence(at(100)));
        silent.absentSince = at(100);
        silent.absentSeenAt = at(100);
        silent.machine = new MachineSight.Absent(at(101));
        assertThat(silent.next(101)).isInstanceOf(Decision.Pause.class);
        silent.machine = new MachineSight.Absent(at(115));
        assertThat(silent.next(115)).isEqualTo(new Decision.NoteAbsence(at(100), at(115)));
        silent.machine = new MachineSight.Absent(at(130));
        assertThat(silent.next(130)).as("nobody looked for long").isEqualTo(new Decision.NoteAbsence(at(130)));
        silent.absentSeenAt = at(115);
        silent.machine = new MachineSight.Listed(SessionFixture.machine(silent.tag));
        assertThat(silent.next(130)).as("it is back").isEqualTo(new Decision.NoteAbsence(null));
        silent.machine = new MachineSight.Absent(at(130));
        assertThat(silent.next(130))
                .isEqualTo(new Decision.Conclude(
                        SessionState.FAILED,
                        null,
                        "The machine is gone: its provider lists it no more.",
                        StopReason.PROVIDER_LOST,
                        at(100)));
    }

    @Test
    void a_machine_that_its_provider_says_it_ended_is_lost_sooner_and_for_that_reason() {
        SessionFixture silent = SessionFixture.started();
        silent.container = null;
        silent.absentSince = at(100);
        silent.absentSeenAt = at(102);
        silent.machine = new MachineSight.Absent(at(104));
        assertThat(silent.next(104)).isEqualTo(new Decision.NoteAbsence(at(100), at(104)));
        silent.endedByProvider = new Ended(EndReason.SPOT_RECLAIMED, "it was taken back.");
        assertThat(silent.next(104))
                .isEqualTo(new Decision.Conclude(
                        SessionState.STOPPED,
                        null,
                        "The machine is gone: it was taken back.",
                        StopReason.SPOT_RECLAIMED,
                        at(100)));
        silent.endedByProvider = new Ended(EndReason.ACCOUNT_EMPTY, "no money.");
        assertThat(silent.next(104))
                .isEqualTo(new Decision.Conclude(
                        SessionState.FAILED,
                        null,
                        "The machine is gone: no money.",
                        StopReason.PROVIDER_LOST,
                        at(100)));
        silent.machine = new MachineSight.Listed(SessionFixture.machine(silent.tag));
        assertThat(silent.next(104)).as("it is there").isEqualTo(new Decision.NoteAbsence(null));
    }

    @Test
    void rule_5_an_engine_that_does_not_answer_ends_nothing() {
        SessionFixture silent = SessionFixture.started();
        silent.container = null;
        silent.silence = new Attempt.Silence(T0, true);
        assertThat(silent.next(1_000_000)).isInstanceOf(Decision.Pause.class);
    }

    @Test
    void a_session_that_is_to_end_does_not_wait_for_ever_for_a_silent_engine() {
        SessionFixture silent = SessionFixture.started();
        silent.container = null;
        silent.endReason = StopReason.USER_REQUESTED;
        silent.endRequestedAt = at(10);
        assertThat(silent.next(10)).isInstanceOf(Decision.ShowStopping.class);
        silent.operation = Operation.STOPPING;
        assertThat(silent.next(69)).isInstanceOf(Decision.Pause.class);
        assertThat(silent.next(70))
                .isEqualTo(new Decision.Conclude(SessionState.STOPPED, null, null, StopReason.USER_REQUESTED, at(70)));
    }

    @Test
    void the_end_of_the_money_ends_a_long_pull() {
        SessionFixture pulling = new SessionFixture();
        pulling.state = SessionState.PROVISIONED;
        pulling.operation = Operation.PULLING_IMAGE;
        pulling.image = new ImageSight.Pulling("half");
        pulling.attempt = Attempt.Status.LAUNCHED;
        pulling.money = new MoneySight.Over(StopReason.BALANCE_DEPLETED);
        assertThat(pulling.next(1)).isEqualTo(new Decision.RequestEnd(StopReason.BALANCE_DEPLETED));
    }

    @Test
    void rule_7_the_deadline_is_met_to_the_moment() {
        SessionFixture limited = SessionFixture.started();
        limited.maxDuration = Duration.ofSeconds(60);
        assertThat(limited.next(59.9)).isEqualTo(new Decision.Pause(Duration.ofMillis(101)));
        assertThat(limited.next(60)).isEqualTo(new Decision.RequestEnd(StopReason.TIMED_OUT));
    }

    @Test
    void the_end_of_the_money_ends_a_running_session() {
        SessionFixture broke = SessionFixture.started();
        broke.money = new MoneySight.Over(StopReason.BALANCE_DEPLETED);
        assertThat(broke.next(1)).isEqualTo(new Decision.RequestEnd(StopReason.BALANCE_DEPLETED));
    }

    private static MoneySight lasts(double seconds) {
        return new MoneySight.Lasts(end(seconds));
    }

    private static MoneyEnd end(double seconds) {
        return new MoneyEnd(at(seconds), StopReason.BALANCE_DEPLETED);
    }

    @Test
    void rule_7_the_machine_is_told_when_the_money_ends_and_again_when_that_has_changed() {
        SessionFixture paid = SessionFixture.started();
        paid.money = lasts(1_000);
        assertThat(paid.next(1)).isEqualTo(new Decision.Arm(end(1_000)));
        paid.moneyOrder = new MoneyOrder(1, end(1_000), true);
        assertThat(paid.next(1)).isInstanceOf(Decision.Pause.class);
        paid.money = lasts(500);
        assertThat(paid.next(1)).as("another session has begun").isEqualTo(new Decision.Arm(end(500)));
        paid.money = lasts(2_000);
        assertThat(paid.next(1)).as("money was paid in").isEqualTo(new Decision.Arm(end(2_000)));
        paid.money = new MoneySight.Lasts(MoneyEnd.NEVER);
        assertThat(paid.next(1)).isEqualTo(new Decision.Arm(MoneyEnd.NEVER));
        paid.money = new MoneySight.Lasts(new MoneyEnd(at(1_000), StopReason.COST_LIMIT));
        assertThat(paid.next(1)).as("for another reason").isInstanceOf(Decision.Arm.class);
    }

    @Test
    void rule_7_the_machine_is_told_again_where_it_may_not_have_heard() {
        SessionFixture paid = SessionFixture.started();
        paid.money = lasts(1_000);
        paid.moneyOrder = new MoneyOrder(3, end(1_000), false);
        assertThat(paid.next(1)).isEqualTo(new Decision.Arm(end(1_000)));
    }

    @Test
    void a_machine_is_not_told_of_a_difference_that_is_small_against_the_time_left() {
        SessionFixture paid = SessionFixture.started();
        paid.moneyOrder = new MoneyOrder(1, end(1_000_000), true);
        paid.money = lasts(991_000);
        assertThat(paid.next(1)).isInstanceOf(Decision.Pause.class);
        assertThat(paid.next(500_000)).isInstanceOf(Decision.Arm.class);
        paid.moneyOrder = new MoneyOrder(2, end(100), true);
        paid.money = lasts(103);
        assertThat(paid.next(90)).isInstanceOf(Decision.Pause.class);
        paid.money = lasts(104);
        assertThat(paid.next(90)).isInstanceOf(Decision.Arm.class);
    }

    @Test
    void a_session_that_is_ending_is_told_nothing_about_money() {
        SessionFixture ending = SessionFixture.started();
        ending.endReason = StopReason.USER_REQUESTED;
        ending.endRequestedAt = at(1);
        ending.money = lasts(1_000);
        assertThat(ending.next(1)).isInstanceOf(Decision.ShowStopping.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = SessionState.class,
            names = {"SUBMITTED", "PROVISIONED"})
    void a_session_deleted_before_it_started_is_stopped_at_once(SessionState state) {
        SessionFixture early = new SessionFixture();
        early.state = state;
        early.endReason = StopReason.USER_REQUESTED;
        early.endRequestedAt = at(1);
        assertThat(early.next(1))
                .isEqualTo(new Decision.Conclude(SessionState.STOPPED, null, null, StopReason.USER_REQUESTED, at(1)));
    }

    @Test
    void an_image_that_is_refused_fails_the_session_in_the_registrys_words() {
        SessionFixture pulling = new SessionFixture();
        pulling.state = SessionState.PROVISIONED;
        pulling.operation = Operation.PULLING_IMAGE;
        pulling.attempt = Attempt.Status.LAUNCHED;
        pulling.image = new ImageSight.Refused("manifest unknown");
        assertThat(pulling.next(1))
                .isInstanceOfSatisfying(
                        Decision.Conclude.class, end -> assertThat(end.error()).contains("manifest unknown"));
    }

    @Test
    void after_delete_a_command_may_end_by_itself_for_two_seconds_then_is_asked_then_killed() {
        SessionFixture stopping = SessionFixture.started();
        stopping.operation = Operation.STOPPING;
        stopping.endReason = StopReason.USER_REQUESTED;
        stopping.endRequestedAt = at(10);
        assertThat(stopping.next(11.9)).isInstanceOf(Decision.Pause.class);
        assertThat(stopping.next(12)).isEqualTo(new Decision.SendSignal("SIGTERM"));
        stopping.termSentAt = at(12);
        assertThat(stopping.next(21.9)).isInstanceOf(Decision.Pause.class);
        assertThat(stopping.next(22)).isEqualTo(new Decision.SendSignal("SIGKILL"));
        stopping.killSentAt = at(22);
        assertThat(stopping.next(32)).isEqualTo(new Decision.SendSignal("SIGKILL"));
    }

    @Test
    void an_interactive_session_is_asked_to_stop_without_delay() {
        SessionFixture interactive = SessionFixture.started();
        interactive.command = null;
        interactive.operation = Operation.STOPPING;
        interactive.endReason = StopReason.USER_REQUESTED;
        interactive.endRequestedAt = at(10);
        assertThat(interactive.next(10)).isEqualTo(new Decision.SendSignal("SIGTERM"));
    }

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

    @ParameterizedTest
    @EnumSource(
            value = StopReason.class,
            names = {"BALANCE_DEPLETED", "COST_LIMIT"})
    void rule_7_money_that_ended_while_the_server_was_away_is_the_reason_of_the_end(StopReason reason) {
        SessionFixture ended = SessionFixture.exited(143);
        ended.moneyOrder = new MoneyOrder(2, new MoneyEnd(at(3), reason), true);
        ended.reports.add(new InitLine.Unpaid(at(3)));
        ended.reports.add(new InitLine.CommandEnded(at(3.1), 143, false, false));
        assertThat(ended.next(5)).isEqualTo(new Decision.Conclude(SessionState.STOPPED, 143, null, reason, at(4)));
        ended.exitCode = 0;
        ended.endedAt = at(2);
        assertThat(ended.next(5))
                .as("of a kept machine too")
                .isEqualTo(new Decision.Conclude(SessionState.STOPPED, 0, null, reason, at(2)));
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
    void a_command_that_ended_on_a_kept_machine_leaves_the_session_started() {
        SessionFixture kept = SessionFixture.started();
        kept.reports.add(new InitLine.CommandEnded(at(3), 3, true, false));
        assertThat(kept.next(4)).isEqualTo(new Decision.Keep(3, at(3)));
        kept.exitCode = 3;
        assertThat(kept.next(5)).isInstanceOf(Decision.Pause.class);
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
