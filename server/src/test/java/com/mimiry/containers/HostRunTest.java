package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.containers.ContainerEngine.HostOutput;
import com.mimiry.containers.ContainerEngine.HostScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class HostRunTest {
    @RegisterExtension
    static final TestEngine TEST = new TestEngine();

    @TempDir
    Path directory;

    private final String name = "mimiry-host-test-" + UUID.randomUUID();

    private HostOutput run(String script, String... arguments) {
        return run(Duration.ofSeconds(30), script, arguments);
    }

    private HostOutput run(Duration timeout, String script, String... arguments) {
        return TEST.engine.onHost(new HostScript(name, script, List.of(arguments), timeout));
    }

    private static String containersOf(String name) throws IOException, InterruptedException {
        Process ps = new ProcessBuilder("docker", "ps", "-aq", "--filter", "name=" + name).start();
        String ids = new String(ps.getInputStream().readAllBytes());
        ps.waitFor();
        return ids;
    }

    @Test
    void a_script_runs_on_the_hosts_own_files_and_tells_what_came_of_it() throws Exception {
        HostOutput output =
                run("echo \"$2\" > \"$1/file\"; id -u; echo oops >&2; exit 3", directory.toString(), "a 'b' $c");

        assertThat(output).isEqualTo(new HostOutput(3, "0\n", "oops"));
        assertThat(directory.resolve("file")).hasContent("a 'b' $c");
        assertThat(containersOf(name)).isEmpty();
    }

    @Test
    void of_one_name_one_runs_at_a_time() throws Exception {
        List<Callable<HostOutput>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(() -> run("mkdir \"$1/alone\" && sleep 0.2 && rmdir \"$1/alone\"", directory.toString()));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<HostOutput> done : threads.invokeAll(calls)) {
                assertThat(done.get().exitCode()).as(done.get().error()).isZero();
            }
        }
    }

    @Test
    void what_a_killed_server_left_behind_is_cleared_away() throws Exception {
        new ProcessBuilder("docker", "create", "--name", name, TestEngine.IMAGE, "true")
                .start()
                .waitFor();
        assertThat(containersOf(name)).isNotEmpty();

        assertThat(run("echo done").output()).isEqualTo("done\n");
        assertThat(containersOf(name)).isEmpty();
    }

    @Test
    void a_script_that_takes_too_long_is_ended_and_its_outcome_unknown() throws Exception {
        assertThatThrownBy(() -> run(Duration.ofSeconds(1), "echo $$ > \"$1/pid\"; sleep 100", directory.toString()))
                .isInstanceOf(EngineException.Unreachable.class);
        assertThat(containersOf(name)).isEmpty();
        assertThat(directory.resolve("pid")).exists();
        assertThat(Files.exists(Path.of(
                        "/proc", Files.readString(directory.resolve("pid")).strip())))
                .isFalse();
    }

    @Test
    void a_sessions_container_may_not_do_the_same() throws Exception {
        String container = TEST.started("/.mimiry/init host 'echo out' 2>&1; echo code $?; sleep 1000");
        StringBuilder said = new StringBuilder();
        for (int i = 0; i < 100 && !said.toString().contains("code"); i++) {
            said.setLength(0);
            TEST.engine.logs(container, null, false, entry -> said.append(new String(entry.payload())));
            Pauses.millis(50);
        }
        assertThat(said).contains("code 77").doesNotContain("out\n");
    }
}
