package com.mimiry.sessions;

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

/** What a session says of a machine that its provider took, or never brought up. */
class LostMachinePlanTest {
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
                        "The provider took the machine back before it had started (verda says error)."));
        booting.machine = new MachineSight.Listed(said(booting.tag, MachineState.STARTING, "verda says unknown"));
        assertThat(booting.next(601))
                .isEqualTo(new Decision.GiveUp("The machine did not start within 10m (verda says unknown)."));
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
