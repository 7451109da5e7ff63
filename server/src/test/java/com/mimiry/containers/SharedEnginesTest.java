package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mimiry.platform.TestConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients of the real engine of this machine, locally and through a real sshd. */
class SharedEnginesTest {
    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    private static final SshKeyTexts.MadeKey CLIENT = SshKeyTexts.make("test");

    private final SshMachine machine = SshMachine.start("127.7.0.3", CLIENT.publicLine());
    private final SharedEngines engines = new SharedEngines(
            new TestEngine.Timeouts(Duration.ofSeconds(20), Duration.ofSeconds(20), 0),
            TestConfig.of(SshTunnelConfig.class, Map.of("mimiry.ssh-tunnel.unused-after", "1S")),
            UUID::randomUUID,
            _ -> Optional.of(new SshAccess.Login(List.of(machine.hostKey()), List.of(CLIENT.privateText()))));

    @AfterEach
    void stop() {
        engines.close();
        machine.close();
    }

    private void awaitForgotten() {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> {
                    engines.connect(TestEngine.ADDRESS);
                    assertThat(engines.known()).containsExactly(TestEngine.ADDRESS);
                });
    }

    @Test
    void a_machine_that_nobody_asks_for_is_hung_up_on_and_found_again_when_somebody_does() {
        assertThat(engines.connect(machine.address()).info().version()).isNotEmpty();
        assertThat(machine.connections()).isOne();
        awaitForgotten();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(machine.connections()).isZero());
        assertThat(engines.connect(machine.address()).info().version()).isNotEmpty();
    }

    @Test
    void a_stream_that_is_open_keeps_its_connection() throws Exception {
        String name = HOST.started("echo begun; sleep 8; echo over");
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<String> over = new CompletableFuture<>();
        ContainerEngine engine = engines.connect(machine.address());
        StringBuilder output = new StringBuilder();
        Thread.ofVirtual().start(() -> {
            engine.logs(name, null, true, entry -> {
                output.append(new String(entry.payload(), StandardCharsets.UTF_8));
                begun.complete(null);
            });
            over.complete(output.toString());
        });
        begun.get(10, TimeUnit.SECONDS);
        awaitForgotten();
        assertThat(over.get(20, TimeUnit.SECONDS)).contains("over\n");
    }

    @Test
    void a_command_on_a_machine_gives_its_output_and_exit_code() {
        assertThat(engines.run(machine.address(), "echo out; echo err >&2; exit 3", Duration.ofSeconds(10)))
                .isEqualTo(new Engines.CommandResult(3, "out\n"));
        assertThat(engines.run(machine.address(), "cat", Duration.ofSeconds(10)).exitCode())
                .as("its input is empty")
                .isZero();
        assertThat(engines.run(machine.address(), "nosuchprogram", Duration.ofSeconds(10))
                        .exitCode())
                .isEqualTo(127);
    }

    @Test
    void a_command_that_hangs_is_given_up_in_time() {
        long began = System.nanoTime();
        assertThatThrownBy(() -> engines.run(machine.address(), "exec sleep 60", Duration.ofSeconds(1)))
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("no answer within PT1S");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
    }

    @Test
    void no_commands_are_run_beside_a_local_engine() {
        assertThatThrownBy(() -> engines.run(TestEngine.ADDRESS, "true", Duration.ofSeconds(1)))
                .isInstanceOf(EngineException.Rejected.class);
    }
}
