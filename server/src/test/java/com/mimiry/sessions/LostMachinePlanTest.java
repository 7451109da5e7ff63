package com.mimiry.sessions;

import static com.mimiry.sessions.SessionFixture.T0;
import static com.mimiry.sessions.SessionFixture.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.InitLine;
import com.mimiry.providers.Provider;
import com.mimiry.providers.Provider.EndReason;
import com.mimiry.providers.Provider.Ended;
import com.mimiry.providers.Provider.MachineState;
import com.mimiry.sessions.Attempt.Silence;
import com.mimiry.sessions.Observed.MachineSight;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a session says of a machine that its provider took, or never brought up. */
class LostMachinePlanTest {
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
    void the_end_of_a_container_that_nothing_explains_waits_a_moment_for_its_providers_word() {
        SessionFixture shutDown = SessionFixture.exited(143);
        shutDown.reports.add(new InitLine.CommandEnded(at(4), 143, false, true));
        shutDown.machine = new MachineSight.Listed(SessionFixture.machine(shutDown.tag));
        assertThat(shutDown.next(9)).isInstanceOf(Decision.Pause.class);
        shutDown.machine = new MachineSight.Absent(at(9));
        shutDown.endedByProvider = new Ended(EndReason.SPOT_RECLAIMED, "it was taken back.");
        assertThat(shutDown.next(9))
                .isEqualTo(new Decision.Conclude(
                        SessionState.STOPPED,
                        null,
                        "The machine is gone: it was taken back.",
                        StopReason.SPOT_RECLAIMED,
                        at(9)));
        shutDown.reports.set(0, new InitLine.CommandEnded(at(4), 0, false, false));
        assertThat(shutDown.next(9))
                .as("the command had ended by itself")
                .isInstanceOfSatisfying(
                        Decision.Conclude.class,
                        end -> assertThat(end.endState()).isEqualTo(SessionState.COMPLETED));
    }

    @Test
    void what_its_provider_says_of_a_machine_that_does_not_come_is_passed_on() {
        SessionFixture booting = new SessionFixture();
        booting.attempt = Attempt.Status.UNKNOWN;
        booting.machine = new MachineSight.Listed(said(booting.tag, MachineState.ENDING, "verda says error"));
        assertThat(booting.next(20))
                .isEqualTo(new Decision.GiveUp(
                        "The provider took the machine back before it had started (verda says error).",
                        Spends.ATTEMPT));
        booting.machine = new MachineSight.Listed(said(booting.tag, MachineState.STARTING, "verda says unknown"));
        assertThat(booting.next(601))
                .isEqualTo(new Decision.GiveUp(
                        "The machine did not start within 10m (verda says unknown).", Spends.ATTEMPT));
    }

    @Test
    void a_machine_that_does_not_answer_for_a_minute_is_told_of_once_and_again_when_it_does() {
        SessionFixture silent = SessionFixture.started();
        silent.container = null;
        assertThat(silent.next(10)).isEqualTo(new Decision.NoteSilence(new Silence(at(10), false)));
        silent.silence = new Silence(at(10), false);
        assertThat(silent.next(69)).isInstanceOf(Decision.Pause.class);
        assertThat(silent.next(70)).isEqualTo(new Decision.NoteSilence(new Silence(at(10), true)));
        silent.silence = new Silence(at(10), true);
        assertThat(silent.next(700)).isInstanceOf(Decision.Pause.class);
        silent.container = new ContainerStatus.Running(at(0));
        assertThat(silent.next(701)).isEqualTo(new Decision.NoteSilence(null));
    }

    private static Provider.Machine said(UUID tag, MachineState state, String words) {
        Provider.Machine machine = SessionFixture.machine(tag, state);
        return new Provider.Machine(
                tag, "ref", state, machine.engine(), List.of(), machine.limits(), machine.launchedAt(), words);
    }
}
