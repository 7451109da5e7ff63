package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SshHostKeyScanTest {
    private final SshMachine machine =
            SshMachine.start("127.7.0.2", SshKeyTexts.make("test").publicLine());

    @AfterEach
    void stop() {
        machine.freeze(false);
        machine.close();
    }

    @Test
    void the_ed25519_key_of_a_machine_that_has_others_too_is_found_without_logging_in() {
        assertThat(SshHostKeyScan.scan(machine.address(), Duration.ofSeconds(10)))
                .isEqualTo(machine.hostKey());
    }

    @Test
    void a_machine_that_is_silent_or_not_there_is_given_up_in_time() {
        machine.freeze(true);
        long began = System.nanoTime();
        assertThatThrownBy(() -> SshHostKeyScan.scan(machine.address(), Duration.ofSeconds(1)))
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("cannot be read");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        machine.freeze(false);
        machine.stop();
        assertThatThrownBy(() -> SshHostKeyScan.scan(machine.address(), Duration.ofSeconds(1)))
                .isInstanceOf(EngineException.Unreachable.class);
    }
}
