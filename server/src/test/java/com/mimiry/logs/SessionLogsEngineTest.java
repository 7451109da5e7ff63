package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.InitLine;
import com.mimiry.containers.LocalEngine;
import com.mimiry.platform.CuttableDataSource;
import com.mimiry.platform.CuttableDataSource.Fault;
import com.mimiry.platform.Database;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Against the real engine of this machine. */
@Timeout(120)
class SessionLogsEngineTest {
    @RegisterExtension
    static final LocalEngine ENGINE = new LocalEngine();

    private final LogsFixture fixture = new LogsFixture();

    @AfterEach
    void stop() {
        fixture.close();
    }

    private SessionLogs replica() {
        return fixture.replica(LogsFixture.Config.DEFAULT, fixture.database, ENGINE);
    }

    private void capture(SessionLogs logs, String container) {
        logs.ensureCaptured(fixture.session, LocalEngine.ADDRESS, container, LocalEngine.CONTROL_TOKEN);
    }

    @Test
    void a_burst_of_100_000_lines_arrives_whole() {
        SessionLogs logs = replica();

        capture(logs, ENGINE.started("seq 1 100000"));

        fixture.awaitDrained(logs);
        assertThat(fixture.text(logs))
                .isEqualTo(IntStream.rangeClosed(1, 100_000)
                        .mapToObj(i -> i + "\n")
                        .collect(Collectors.joining()));
        LogsFixture.assertStrictlyIncreasing(fixture.times(logs));
        assertThat(logs.progress(fixture.session).reports())
                .singleElement()
                .isInstanceOfSatisfying(
                        InitLine.CommandEnded.class,
                        ended -> assertThat(ended.exitCode()).isZero());
    }

    @Test
    void a_line_of_a_mebibyte_and_binary_junk_do_no_harm() {
        SessionLogs logs = replica();

        capture(
                logs,
                ENGINE.started(
                        "head -c 1048000 /dev/zero | tr '\\0' x; echo; head -c 300000 /dev/urandom; echo; echo ok"));

        fixture.awaitDrained(logs);
        assertThat(fixture.text(logs)).startsWith("x".repeat(1_048_000) + "\n").endsWith("\nok\n");
        LogsFixture.assertStrictlyIncreasing(fixture.times(logs));
    }

    @Test
    void replicas_that_die_one_after_the_other_lose_and_repeat_nothing() {
        String container = ENGINE.started(
                "i=0; while [ $i -lt 150 ]; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.02; done");
        for (int i = 0; i < 4; i++) {
            CuttableDataSource way = new CuttableDataSource(fixture.database.dataSource(), () -> Fault.NONE);
            capture(
                    fixture.replica(
                            LogsFixture.Config.DEFAULT.lease(Duration.ofMillis(300)),
                            new Database(way.dataSource()),
                            ENGINE),
                    container);
            Awaitility.await().pollDelay(Duration.ofMillis(700)).until(() -> true);
            way.cut();
        }
        SessionLogs last = replica();
        capture(last, container);

        fixture.awaitDrained(last);
        List<String> lines = fixture.text(last).lines().toList();
        assertThat(lines).hasSize(300).doesNotHaveDuplicates();
        for (String stream : List.of("out", "err")) {
            assertThat(lines.stream().filter(line -> line.startsWith(stream)))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 150)
                            .mapToObj(i -> stream + " " + i)
                            .toList());
        }
    }

    @Test
    void a_kept_machine_is_marked_and_its_exit_code_known_while_it_runs() {
        SessionLogs logs = replica();

        capture(logs, ENGINE.kept("printf 'no line feed'; exit 3"));

        fixture.awaitText(logs, """
                no line feed
                [mimiry] command exited with code 3; the machine is kept and billed until you end the session \
                (DELETE or: mirc session terminate)
                """);
        assertThat(logs.progress(fixture.session).drained()).isFalse();
    }

    @Test
    void a_container_that_is_gone_already_is_drained() {
        SessionLogs logs = replica();

        capture(logs, "mimiry-logs-test-absent");

        fixture.awaitDrained(logs);
        assertThat(fixture.text(logs)).isEmpty();
    }
}
