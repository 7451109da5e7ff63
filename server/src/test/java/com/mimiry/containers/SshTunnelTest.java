package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mimiry.platform.Secret;
import com.mimiry.simulator.verda.SshdMachines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A real engine behind OpenSSH's real server. */
class SshTunnelTest {
    private static final EngineAddress ADDRESS = EngineAddress.of("ssh://machine.test");

    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    @TempDir
    private Path directory;

    private SshdMachines machines;
    private String at;
    private int port;
    private Engines engines;

    @BeforeEach
    void boot() throws IOException, InterruptedException {
        port = freePort();
        machines = new SshdMachines(directory.resolve("machines"), port, Path.of("/var/run/docker.sock"));
        at = machines.newAddress();
        Path client = directory.resolve("client");
        keygen(client);
        String script = "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key\n"
                + "echo HostKey /etc/ssh/ssh_host_ed25519_key > /etc/ssh/sshd_config.d/key.conf\n";
        machines.boot("one", "", at, script, Files.readAllLines(Path.of(client + ".pub")), true);
        String hostKey = Files.readString(directory.resolve("machines/one/etc-ssh/ssh_host_ed25519_key.pub"));
        Secret clientKey = new Secret(Files.readString(client));
        engines = TestEngines.real(
                _ -> Optional.of(new SshLogin("root", at, port, hostKey, clientKey, SshLogin.USUAL_SOCKET)));
    }

    @AfterEach
    void end() {
        machines.end("one");
    }

    @Test
    void a_hundred_megabytes_go_in_and_out_unchanged_and_the_end_of_stdin_is_seen() throws Exception {
        String name = HOST.idle();
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        byte[] sent = new byte[100_000_000];
        new SplittableRandom(seed).nextBytes(sent);
        ByteArrayOutputStream received = new ByteArrayOutputStream(sent.length);
        try (ExecStream cat = engines.connect(ADDRESS).exec(name, plain("cat"))) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                try (OutputStream stdin = cat.stdin()) {
                    stdin.write(sent);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            cat.copyOutput(received, OutputStream.nullOutputStream());
            writer.get();
            assertThat(cat.exitCode()).isZero();
        }
        assertThat(Arrays.equals(received.toByteArray(), sent)).isTrue();
    }

    @Test
    void a_hundred_calls_at_once_share_one_connection() {
        ContainerEngine engine = engines.connect(ADDRESS);
        List<CompletableFuture<String>> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            calls.add(CompletableFuture.supplyAsync(() -> engine.info().version()));
        }
        assertThat(calls).allSatisfy(call -> assertThat(call.get()).isNotEmpty());
        assertThat(ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().commandLine().orElse("").contains("ListenAddress=" + at + " "))
                        .mapToLong(process -> process.descendants().count())
                        .sum())
                .isLessThanOrEqualTo(2);
    }

    @Test
    void a_connection_that_breaks_is_an_engine_that_does_not_answer_until_it_is_made_anew() {
        ContainerEngine engine = engines.connect(ADDRESS);
        assertThat(engine.info().version()).isNotEmpty();
        at = machines.newAddress();
        machines.move("one", at);
        await().atMost(Duration.ofSeconds(15))
                .ignoreExceptionsInstanceOf(EngineException.Unreachable.class)
                .until(() -> !engine.info().version().isEmpty());
    }

    @Test
    void a_stream_whose_connection_breaks_fails_and_does_not_end() throws Exception {
        String name = HOST.idle();
        try (ExecStream sleep = engines.connect(ADDRESS).exec(name, plain("sleep", "60"))) {
            CompletableFuture<Void> cut = CompletableFuture.runAsync(
                    () -> machines.end("one"),
                    CompletableFuture.delayedExecutor(500, java.util.concurrent.TimeUnit.MILLISECONDS));
            assertThatThrownBy(() -> sleep.copyOutput(OutputStream.nullOutputStream(), OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
            cut.get();
        }
    }

    @Test
    void a_machine_that_nobody_knows_is_not_reached() {
        Engines nobody = TestEngines.real(_ -> Optional.empty());
        assertThatThrownBy(() -> nobody.connect(ADDRESS).info())
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("nobody knows how to log in");
    }

    private static ExecSpec plain(String... command) {
        return new ExecSpec(List.of(command), Map.of(), null, null);
    }

    private static void keygen(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
