package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.TestConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The real engine of this machine, through a real sshd. */
class SshConnectorTest {
    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    private static final SshKeyTexts.MadeKey CLIENT = SshKeyTexts.make("test");
    private static final SshTunnelConfig CONFIG = TestConfig.of(
            SshTunnelConfig.class,
            Map.of(
                    "mimiry.ssh-tunnel.keep-alive", "500MS",
                    "mimiry.ssh-tunnel.connect-timeout", "5S",
                    "mimiry.ssh-tunnel.retry-after", "50MS"));

    private final SshMachine machine = SshMachine.start("127.7.0.1", CLIENT.publicLine());
    private final String pinned = machine.hostKey();
    private final SshConnector connector = new SshConnector(
            _ -> Optional.of(new SshAccess.Login(List.of(pinned), List.of(CLIENT.privateText()))), CONFIG);
    private final ContainerEngine engine = engine(machine.address(), Duration.ofSeconds(60));

    private ContainerEngine engine(EngineAddress address, Duration timeout) {
        return engine(address, connector, timeout);
    }

    private static ContainerEngine engine(EngineAddress address, SshConnector by, Duration timeout) {
        return new DockerEngine(
                address, by, new TestEngine.Timeouts(timeout, timeout, 0), UUID::randomUUID, InitBinary.bundled());
    }

    @AfterEach
    void stop() {
        connector.close();
        machine.freeze(false);
        machine.close();
    }

    @Test
    void a_hundred_megabytes_go_both_ways_exactly_and_the_end_of_one_is_not_the_end_of_the_other() throws Exception {
        String name = HOST.idle();
        long seed = System.nanoTime();
        int pieces = 1_000;
        MessageDigest sent = sha256();
        DigestOutputStream received = new DigestOutputStream(OutputStream.nullOutputStream(), sha256());
        // The sum comes after our end of input: with the whole stream closed it would be lost.
        try (ExecStream exec = engine.exec(
                name, new ExecSpec(List.of("sh", "-c", "cat; echo ended >&2; exit 7"), Map.of(), null, null))) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                try (OutputStream stdin = exec.stdin()) {
                    Random random = new Random(seed);
                    byte[] piece = new byte[100_000];
                    for (int i = 0; i < pieces; i++) {
                        random.nextBytes(piece);
                        sent.update(piece);
                        stdin.write(piece);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            AtomicLong errors = new AtomicLong();
            exec.copyOutput(received, new OutputStream() {
                @Override
                public void write(int one) {
                    errors.incrementAndGet();
                }
            });
            writing.get(60, TimeUnit.SECONDS);
            assertThat(errors).as("bytes on stderr, after our end of input").hasValue(6);
            assertThat(exec.exitCode()).isEqualTo(7);
        }
        assertThat(hex(received.getMessageDigest())).as("seed " + seed).isEqualTo(hex(sent));
    }

    @Test
    void a_machine_at_the_other_end_is_told_when_the_money_ends() {
        String name = HOST.idle();
        engine.arm(name, 2, Duration.ofHours(1));
        engine.arm(name, 3, Duration.ofSeconds(1));
        assertThat(HOST.awaitExit(name).exitCode()).isEqualTo(143);
        assertThat(HOST.reports(name)).singleElement().isInstanceOf(InitLine.Unpaid.class);
    }

    @Test
    void another_host_key_than_the_pinned_one_is_refused_and_both_are_named() {
        machine.stop();
        machine.newHostKey();
        machine.startAgain();

        assertThatThrownBy(engine::info)
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("its host key is not the pinned one")
                .hasMessageContaining(SshKeyTexts.fingerprint(pinned))
                .hasMessageContaining(SshKeyTexts.fingerprint(machine.hostKey()));
    }

    @Test
    void why_a_machine_cannot_be_reached_is_told_in_words_for_its_operator() {
        Function<EngineAddress, Optional<SshAccess.Login>> strangers = _ -> Optional.of(new SshAccess.Login(
                List.of(pinned), List.of(SshKeyTexts.make("other").privateText())));
        try (SshConnector stranger = new SshConnector(strangers, CONFIG)) {
            assertThatThrownBy(engine(machine.address(), stranger, Duration.ofSeconds(60))::info)
                    .hasMessageContaining(": SSH: it refuses our key; authorized_keys");
        }
        machine.stop();
        assertThatThrownBy(engine::info).hasMessageContaining(": SSH: Connection refused)");
    }

    @Test
    void a_machine_that_goes_and_comes_back_is_found_again() {
        assertThat(engine.info().version()).isNotEmpty();
        machine.stop();
        assertThatThrownBy(engine::info).isInstanceOf(EngineException.Unreachable.class);
        machine.startAgain();
        Pauses.millis(100);
        assertThat(engine.info().version()).isNotEmpty();
    }

    @Test
    void a_connection_that_breaks_is_no_end_of_output() throws Exception {
        String name = HOST.started("echo begun; sleep 1000");
        CompletableFuture<String> following = follow(name);
        machine.stop();
        assertThat(following.get(20, TimeUnit.SECONDS)).contains("SSH connection broke");
    }

    @Test
    void a_stream_that_follows_a_log_notices_that_the_machine_is_silent() throws Exception {
        String name = HOST.started("echo begun; sleep 1000");
        CompletableFuture<String> following = follow(name);
        machine.freeze(true);
        assertThat(following.get(20, TimeUnit.SECONDS)).contains("SSH connection broke");
    }

    private CompletableFuture<String> follow(String name) throws Exception {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<String> ended = CompletableFuture.supplyAsync(() -> {
            try {
                engine.logs(name, null, true, _ -> begun.complete(null));
                return "ended as if the container had";
            } catch (EngineException.Unreachable e) {
                return e.words();
            }
        });
        begun.get(20, TimeUnit.SECONDS);
        return ended;
    }

    @Test
    void a_silent_machine_costs_a_call_no_more_than_its_timeout() {
        ContainerEngine hasty = engine(machine.address(), Duration.ofSeconds(1));
        assertThat(hasty.info().version()).isNotEmpty();
        machine.freeze(true);
        long began = System.nanoTime();
        assertThatThrownBy(hasty::info)
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("does not answer");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
    }

    @Test
    void whoever_follows_a_log_is_stopped_by_an_interrupt() throws Exception {
        String name = HOST.started("echo begun; sleep 1000");
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<String> ended = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                engine.logs(name, null, true, _ -> begun.complete(null));
                ended.complete("stopped");
            } catch (RuntimeException e) {
                ended.complete(e.toString());
            }
        });
        begun.get(20, TimeUnit.SECONDS);
        reader.interrupt();
        assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo("stopped");
    }

    @Test
    void a_socket_that_is_not_there_is_named() {
        EngineAddress nowhere = EngineAddress.of(machine.address().uri() + "/run/nowhere.sock");
        assertThatThrownBy(engine(nowhere, Duration.ofSeconds(5))::info)
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("/run/nowhere.sock cannot be opened there");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
