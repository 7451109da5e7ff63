package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes in real containers. */
class ExecTest {
    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    private static ExecSpec plain(String... command) {
        return new ExecSpec(List.of(command), Map.of(), null, null);
    }

    @Test
    void streams_and_exit_code_are_exact() throws IOException {
        String name = HOST.idle();
        TestEngine.Ran ran = HOST.exec(name, "sh", "-c", "echo out; echo err >&2; exit 7");
        assertThat(ran).isEqualTo(new TestEngine.Ran("out\n", "err\n", 7));
    }

    @Test
    void every_exit_code_arrives() throws IOException {
        String name = HOST.idle();
        for (int code : new int[] {0, 1, 2, 63, 125, 126, 127, 128, 129, 130, 137, 143, 200, 254, 255}) {
            assertThat(HOST.exec(name, "sh", "-c", "exit " + code).exitCode()).isEqualTo(code);
        }
    }

    @Test
    void a_hundred_megabytes_go_in_and_out_unchanged_and_the_end_of_stdin_is_seen() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        String name = HOST.idle();
        MessageDigest sent = MessageDigest.getInstance("SHA-256");
        MessageDigest received = MessageDigest.getInstance("SHA-256");
        try (ExecStream exec = HOST.engine.exec(name, plain("cat"))) {
            CompletableFuture<Void> writer = inBackground(() -> {
                SplittableRandom random = new SplittableRandom(seed);
                byte[] piece = new byte[100_000];
                try (OutputStream stdin = new DigestOutputStream(exec.stdin(), sent)) {
                    for (int i = 0; i < 1_000; i++) {
                        random.nextBytes(piece);
                        stdin.write(piece);
                    }
                }
            });
            exec.copyOutput(
                    new DigestOutputStream(OutputStream.nullOutputStream(), received), OutputStream.nullOutputStream());
            writer.get();
            assertThat(exec.exitCode()).isZero();
        }
        assertThat(HexFormat.of().formatHex(received.digest()))
                .isEqualTo(HexFormat.of().formatHex(sent.digest()));
    }

    @Test
    void a_program_that_is_not_there_is_127_with_a_sentence_on_stderr() throws IOException {
        String name = HOST.idle();
        assertThat(HOST.exec(name, "no-such-program"))
                .isEqualTo(new TestEngine.Ran("", "mimiry: no-such-program: not found\n", 127));
        assertThat(HOST.exec(name, "/etc/passwd/x").exitCode()).isEqualTo(127);
        assertThat(HOST.exec(name, "/tmp").exitCode()).isEqualTo(126);
    }

    @Test
    void a_program_may_print_what_an_engine_would() throws IOException {
        String name = HOST.idle();
        String text = "OCI runtime exec failed: just kidding";
        assertThat(HOST.exec(name, "sh", "-c", "echo '" + text + "'; exit 127"))
                .isEqualTo(new TestEngine.Ran(text + "\n", "", 127));
        assertThat(HOST.exec(name, "sh", "-c", "echo '" + text + "'; sleep 0.2; echo more"))
                .isEqualTo(new TestEngine.Ran(text + "\nmore\n", "", 0));
    }

    @Test
    void environment_and_directory_are_given() throws IOException {
        String name = HOST.idle();
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        ExecSpec spec = new ExecSpec(List.of("sh", "-c", "echo $A; pwd"), Map.of("A", "b c"), null, "/tmp");
        try (ExecStream exec = HOST.engine.exec(name, spec)) {
            exec.copyOutput(stdout, OutputStream.nullOutputStream());
        }
        assertThat(stdout.toString(StandardCharsets.UTF_8)).isEqualTo("b c\n/tmp\n");
    }

    @Test
    void a_terminal_has_the_size_it_is_given_and_follows_it() throws Exception {
        String name = HOST.idle();
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        ExecSpec spec = new ExecSpec(
                List.of(
                        "sh",
                        "-c",
                        "stty size; trap 'stty size; exit 5' WINCH; echo ready; while :; do sleep 0.05; done"),
                Map.of(),
                new ExecSpec.TerminalSize(111, 33),
                null);
        try (ExecStream exec = HOST.engine.exec(name, spec)) {
            CompletableFuture<Void> reader =
                    inBackground(() -> exec.copyOutput(screen, OutputStream.nullOutputStream()));
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(screen.toString(StandardCharsets.UTF_8)).contains("ready"));
            exec.resize(new ExecSpec.TerminalSize(122, 44));
            reader.get();
            assertThat(exec.exitCode()).isEqualTo(5);
        }
        assertThat(screen.toString(StandardCharsets.UTF_8)).isEqualTo("33 111\r\nready\r\n44 122\r\n");
    }

    @Test
    void a_program_that_is_not_there_is_127_on_a_terminal_too() throws IOException {
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        ExecSpec spec = new ExecSpec(List.of("no-such-program"), Map.of(), new ExecSpec.TerminalSize(80, 24), null);
        try (ExecStream exec = HOST.engine.exec(HOST.idle(), spec)) {
            exec.copyOutput(screen, OutputStream.nullOutputStream());
            assertThat(exec.exitCode()).isEqualTo(127);
        }
        assertThat(screen.toString(StandardCharsets.UTF_8)).isEqualTo("mimiry: no-such-program: not found\r\n");
    }

    @Test
    void a_process_whose_client_leaves_gets_a_hangup() throws Exception {
        String name = HOST.idle();
        ExecStream exec = HOST.engine.exec(name, plain("sh", "-c", "sleep 1001; echo after"));
        awaitCount(name, "[s]leep 1001", 1);
        exec.close();
        awaitCount(name, "[s]leep 1001", 0);
    }

    @Test
    void a_terminals_process_whose_client_leaves_gets_a_hangup() throws Exception {
        String name = HOST.idle();
        ExecSpec spec = new ExecSpec(
                List.of("sh", "-c", "sleep 1002; echo after"), Map.of(), new ExecSpec.TerminalSize(80, 24), null);
        ExecStream exec = HOST.engine.exec(name, spec);
        exec.close();
        awaitCount(name, "[s]leep 1002", 0);
    }

    @Test
    void leaving_by_an_interrupt_leaves_no_process_behind() throws Exception {
        String name = HOST.idle();
        Thread client = Thread.ofVirtual().start(() -> {
            try (ExecStream exec = HOST.engine.exec(name, plain("sleep", "1006"))) {
                exec.copyOutput(OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
            } catch (IOException e) {
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            }
        });
        awaitCount(name, "[s]leep 1006", 1);
        client.interrupt();
        assertThat(client.join(Duration.ofSeconds(20))).isTrue();
        awaitCount(name, "[s]leep 1006", 0);
    }

    @Test
    void the_hosts_own_signal_reaches_the_group() throws Exception {
        String name = HOST.idle();
        EngineHttp http = TestEngine.http();
        EngineExec exec = EngineExec.start(http, name, plain("sh", "-c", "sleep 1007; echo after"), "mark");
        awaitCount(name, "[s]leep 1007", 1);
        JsonNode inspected = http.call(EngineRequest.get("/exec/" + exec.id() + "/json"));
        assertThat(Signals.sendToGroup(
                        inspected.path("Pid").asLong(),
                        15,
                        inspected.path("ContainerID").asText()))
                .isTrue();
        awaitCount(name, "[s]leep 1007", 0);
        assertThat(exec.exitCode()).isEqualTo(143);
        exec.close();
    }

    @Test
    void leaving_at_once_leaves_no_process_behind() throws Exception {
        String name = HOST.idle();
        for (int i = 0; i < 5; i++) {
            HOST.engine.exec(name, plain("sleep", "1003")).close();
        }
        awaitCount(name, "[s]leep 1003", 0);
    }

    @Test
    void a_signal_reaches_the_group_from_inside_where_the_host_is_out_of_reach() throws Exception {
        String name = HOST.idle();
        EngineHttp http = TestEngine.http();
        String mark = "0123456789abcdef";
        EngineExec exec = EngineExec.start(http, name, plain("sh", "-c", "sleep 1004; echo after"), mark);
        EngineExec other = EngineExec.start(http, name, plain("sleep", "1005"), "another");
        awaitCount(name, "[s]leep 1004", 1);
        awaitCount(name, "[s]leep 1005", 1);
        new ExecProcess(http, name, "unused", mark).signalInside(1);
        awaitCount(name, "[s]leep 1004", 0);
        assertThat(exec.exitCode()).isEqualTo(129);
        awaitCount(name, "[s]leep 1005", 1);
        exec.close();
        other.close();
    }

    @Test
    void a_process_of_another_container_is_never_signalled() {
        assertThat(Signals.sendToGroup(ProcessHandle.current().pid(), 1, "0123456789abcdef"))
                .isFalse();
        assertThat(Signals.sendToGroup(ProcessHandle.current().pid(), 1, "")).isFalse();
    }

    @Test
    void signals_have_names() throws Exception {
        String name = HOST.idle();
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        try (ExecStream exec = HOST.engine.exec(
                name, plain("sh", "-c", "trap 'echo got; exit 3' USR1; echo ready; while :; do sleep 0.05; done"))) {
            CompletableFuture<Void> reader = inBackground(() -> exec.copyOutput(stdout, stdout));
            await().untilAsserted(() ->
                    assertThat(stdout.toString(StandardCharsets.UTF_8)).contains("ready"));
            exec.signal("USR1");
            reader.get();
            assertThat(exec.exitCode()).isEqualTo(3);
            exec.signal("KILL");
            assertThatThrownBy(() -> exec.signal("1; reboot")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void awaitCount(String name, String pattern, int expected) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(HOST.exec(name, "sh", "-c", "ps -o args | grep -c '^" + pattern + "'")
                                .stdout())
                        .isEqualTo(expected + "\n"));
    }

    private interface Work {
        void run() throws IOException;
    }

    private static CompletableFuture<Void> inBackground(Work work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                work.run();
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(new ExecutionException(e));
            }
        });
        return done;
    }
}
