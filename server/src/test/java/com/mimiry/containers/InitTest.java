package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PID 1 of real containers. */
class InitTest {
    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    private static InitLine.CommandEnded ended(String name) {
        return HOST.reports(name).stream()
                .filter(InitLine.CommandEnded.class::isInstance)
                .map(InitLine.CommandEnded.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("Not reported: " + HOST.output(name)));
    }

    private static void awaitOutput(String name, String text) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(HOST.output(name)).contains(text));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 125, 127, 255})
    void the_container_ends_with_the_commands_exit_code(int code) {
        String name = HOST.started("echo out; exit " + code);
        assertThat(HOST.awaitExit(name).exitCode()).isEqualTo(code);
        InitLine.CommandEnded ended = ended(name);
        assertThat(ended.exitCode()).isEqualTo(code);
        assertThat(ended.kept()).isFalse();
        assertThat(ended.terminated()).isFalse();
    }

    @Test
    void a_command_killed_by_a_signal_ends_with_128_and_its_number() {
        String name = HOST.started("kill -9 $$");
        assertThat(HOST.awaitExit(name).exitCode()).isEqualTo(137);
        assertThat(ended(name).exitCode()).isEqualTo(137);
    }

    @Test
    void the_report_comes_last_and_keeps_an_unfinished_line_whole() {
        String name = HOST.started("echo first; echo problem >&2; printf unfinished; exit 4");
        HOST.awaitExit(name);
        StringBuilder stdout = new StringBuilder();
        HOST.engine.logs(name, null, false, entry -> {
            if (!entry.stderr()) {
                stdout.append(new String(entry.payload(), StandardCharsets.UTF_8));
            }
        });
        assertThat(stdout.toString())
                .endsWith("unfinished\u001emimiry:" + TestEngine.TOKEN + " ended code=4 kept=0 term=0\n");
        assertThat(HOST.output(name)).contains("problem\n");
    }

    @Test
    void stop_is_obeyed_at_once_and_said_to_have_come_from_outside() {
        String name = HOST.started("echo ready; sleep 1000");
        awaitOutput(name, "ready");
        long before = System.nanoTime();
        HOST.engine.signal(name, "TERM");
        ContainerStatus.Exited exited = HOST.awaitExit(name);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        assertThat(exited.exitCode()).isEqualTo(143);
        assertThat(ended(name).terminated()).isTrue();
    }

    @Test
    void a_command_that_handles_the_stop_decides_its_exit_code_itself() {
        String name = HOST.started(
                "trap 'echo saving; sleep 0.3; echo saved; exit 9' TERM; echo ready; while :; do sleep 0.05; done");
        awaitOutput(name, "ready");
        HOST.engine.signal(name, "TERM");
        assertThat(HOST.awaitExit(name).exitCode()).isEqualTo(9);
        assertThat(HOST.output(name)).contains("saved\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "HUP", "QUIT", "USR1", "USR2"})
    void other_signals_reach_the_command(String signal) {
        String name =
                HOST.started("trap 'echo got it; exit 21' " + signal + "; echo ready; while :; do sleep 0.05; done");
        awaitOutput(name, "ready");
        HOST.engine.signal(name, signal);
        assertThat(HOST.awaitExit(name).exitCode()).isEqualTo(21);
        assertThat(ended(name).terminated()).isFalse();
    }

    @Test
    void orphans_are_reaped() throws IOException {
        String name = HOST.idle();
        HOST.exec(name, "sh", "-c", "for i in $(seq 20); do (sleep 0.05 &) ; done");
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(HOST.exec(name, "sh", "-c", "ps | grep -c '[s]leep'")
                                .stdout())
                        .isEqualTo("0\n"));
    }

    @Test
    void a_kept_container_outlives_its_command_and_takes_logins() throws IOException {
        ContainerSpec spec = HOST.spec().command("exit 7").keep(false, true).build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        awaitOutput(spec.name(), "ended");
        assertThat(ended(spec.name()).kept()).isTrue();
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Running.class);
        assertThat(HOST.exec(spec.name(), "echo", "here").stdout()).isEqualTo("here\n");
        HOST.engine.signal(spec.name(), "TERM");
        assertThat(HOST.awaitExit(spec.name()).exitCode()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void only_the_wanted_outcome_is_kept(boolean success) {
        ContainerSpec spec = HOST.spec()
                .command(success ? "exit 0" : "exit 1")
                .keep(!success, success)
                .build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        HOST.awaitExit(spec.name());
        assertThat(ended(spec.name()).kept()).isFalse();
    }

    @Test
    void the_deadline_fires_with_nobody_watching() {
        ContainerSpec spec = HOST.spec()
                .command("trap '' TERM HUP; echo on; while :; do sleep 0.1; done")
                .deadline(Duration.ofSeconds(1))
                .build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        ContainerStatus.Exited exited = HOST.awaitExit(spec.name());
        assertThat(exited.exitCode()).isEqualTo(137);
        assertThat(Duration.between(exited.startedAt(), exited.finishedAt()))
                .isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));
        assertThat(HOST.reports(spec.name())).hasSize(2).first().isInstanceOf(InitLine.DeadlineReached.class);
    }

    @Test
    void an_interactive_container_ends_at_its_deadline() {
        ContainerSpec spec = HOST.spec().deadline(Duration.ofSeconds(1)).build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.awaitExit(spec.name()).exitCode()).isEqualTo(143);
        assertThat(HOST.reports(spec.name())).singleElement().isInstanceOf(InitLine.DeadlineReached.class);
    }

    @Test
    void a_kept_container_ends_at_its_deadline() {
        ContainerSpec spec = HOST.spec()
                .command("true")
                .keep(true, true)
                .deadline(Duration.ofSeconds(1))
                .build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.awaitExit(spec.name()).exitCode()).isEqualTo(0);
        assertThat(HOST.reports(spec.name())).hasSize(2);
    }

    @Test
    void the_end_of_the_money_ends_a_container_by_itself() {
        ContainerSpec spec = HOST.spec().command("sleep 1000").build().paidFor(Duration.ofSeconds(1));
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        ContainerStatus.Exited exited = HOST.awaitExit(spec.name());
        assertThat(Duration.between(exited.startedAt(), exited.finishedAt()))
                .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
        assertThat(HOST.reports(spec.name())).hasSize(2).first().isInstanceOf(InitLine.Unpaid.class);
    }

    @Test
    void the_end_of_the_money_can_be_put_off_and_brought_forward_while_a_container_runs() {
        ContainerSpec spec = HOST.spec().build().paidFor(Duration.ofSeconds(3));
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        HOST.engine.arm(spec.name(), 2, Duration.ofHours(1));
        Pauses.millis(5_000);
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Running.class);
        HOST.engine.arm(spec.name(), 3, Duration.ofSeconds(1));
        HOST.awaitExit(spec.name());
        assertThat(HOST.reports(spec.name())).singleElement().isInstanceOf(InitLine.Unpaid.class);
    }

    @Test
    void of_two_orders_about_the_money_the_later_one_counts_even_where_it_comes_first() {
        ContainerSpec spec = HOST.spec().build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        HOST.engine.arm(spec.name(), 7, null);
        HOST.engine.arm(spec.name(), 6, Duration.ZERO);
        HOST.engine.arm(spec.name(), 7, Duration.ZERO);
        Pauses.millis(1_000);
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Running.class);
        HOST.engine.arm(spec.name(), 8, Duration.ZERO);
        assertThat(HOST.awaitExit(spec.name()).exitCode()).isEqualTo(143);
    }

    @Test
    void the_end_of_the_money_of_what_has_ended_is_nobodys_concern() {
        String name = HOST.started("true");
        HOST.awaitExit(name);
        HOST.engine.arm(name, 2, Duration.ofSeconds(1));
        HOST.engine.arm("mimiry-containers-test-nosuch", 2, null);
    }

    @Test
    void the_command_can_neither_tell_the_init_about_money_nor_read_what_it_is_told() throws IOException {
        ContainerSpec spec = HOST.spec()
                .command("cat; for fd in /proc/1/fd/*; do echo 'paid 99 never' > $fd; done; "
                        + "cat /proc/1/fd/0; echo 'paid 98 never' > /proc/self/fd/0; echo tried; sleep 1000")
                .build()
                .paidFor(Duration.ofHours(1));
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        awaitOutput(spec.name(), "tried");
        HOST.exec(spec.name(), "sh", "-c", "for fd in 0 1 2 3 4 5 6 7; do echo 'paid 97 never' > /proc/1/fd/$fd; done");
        HOST.engine.arm(spec.name(), 2, Duration.ofSeconds(1));
        HOST.awaitExit(spec.name());
        assertThat(HOST.reports(spec.name())).first().isInstanceOf(InitLine.Unpaid.class);
    }

    @Test
    void an_image_without_a_shell_says_so() {
        ContainerSpec spec =
                HOST.spec().image(TestEngine.SHELLLESS).command("echo hi").build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.awaitExit(spec.name()).exitCode()).isEqualTo(127);
        assertThat(HOST.output(spec.name())).contains("no /bin/sh");
        assertThat(ended(spec.name()).exitCode()).isEqualTo(127);
    }

    @Test
    void an_image_without_a_shell_runs_without_a_command() {
        ContainerSpec spec = HOST.spec().image(TestEngine.SHELLLESS).build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Running.class);
    }

    @Test
    void commands_and_variables_of_the_kernels_longest_work() {
        String padding = "x".repeat(131_071 - "echo ${#LONG} # ".length());
        ContainerSpec spec = HOST.spec()
                .command("echo ${#LONG} # " + padding)
                .environment(Map.of("LONG", "y".repeat(131_071 - "LONG=".length())))
                .build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.awaitExit(spec.name()).exitCode()).isEqualTo(0);
        assertThat(HOST.output(spec.name())).startsWith("131066\n");
    }

    @Test
    void neither_token_nor_memory_of_the_init_can_be_read_in_the_container() throws IOException {
        String name = HOST.idle();
        TestEngine.Ran ran = HOST.exec(
                name, "sh", "-c", "cat /proc/1/cmdline; env; cat /proc/1/environ /proc/1/mem 2>/dev/null; true");
        assertThat(ran.stdout()).contains("run").doesNotContain(TestEngine.TOKEN);
    }

    @Test
    void nobody_else_can_report_an_end() {
        String name = HOST.started("printf '\\036mimiry:wrong ended code=0 kept=0 term=0\\n'; exit 5");
        HOST.awaitExit(name);
        assertThat(HOST.reports(name)).hasSize(1);
    }

    @Test
    void a_command_may_begin_with_a_dash() {
        String name = HOST.started("-nosuch; echo after");
        HOST.awaitExit(name);
        assertThat(HOST.output(name)).contains("after\n");
    }
}
