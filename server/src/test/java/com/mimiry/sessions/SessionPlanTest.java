package com.mimiry.sessions;

import static com.mimiry.sessions.SessionFixture.T0;
import static com.mimiry.sessions.SessionFixture.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.InitLine;
import com.mimiry.providers.Provider.MachineState;
import com.mimiry.sessions.Observed.ImageSight;
import com.mimiry.sessions.Observed.MachineSight;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the next step of a session is, from its placing to the request that it end. */
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
    void a_launch_of_which_nothing_came_takes_one_attempt_and_none_where_nobody_may_have_been_asked() {
        SessionFixture asked = new SessionFixture();
        asked.attempt = Attempt.Status.UNKNOWN;
        asked.machine = new MachineSight.Absent(at(5));
        assertThat(asked.next(5))
                .isInstanceOfSatisfying(
                        Decision.GiveUp.class,
                        giveUp -> assertThat(giveUp.spends()).isEqualTo(Spends.TRY));
        asked.attempt = Attempt.Status.INTENDED;
        assertThat(asked.next(5))
                .isInstanceOfSatisfying(
                        Decision.GiveUp.class,
                        giveUp -> assertThat(giveUp.spends()).isEqualTo(Spends.NOTHING));
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
        assertThat(booting.next(601))
                .isEqualTo(new Decision.GiveUp("The machine did not start within 10m.", Spends.ATTEMPT));
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

    @Test
    void a_command_that_ended_on_a_kept_machine_leaves_the_session_started() {
        SessionFixture kept = SessionFixture.started();
        kept.reports.add(new InitLine.CommandEnded(at(3), 3, true, false));
        assertThat(kept.next(4)).isEqualTo(new Decision.Keep(3, at(3)));
        kept.exitCode = 3;
        assertThat(kept.next(5)).isInstanceOf(Decision.Pause.class);
    }
}
