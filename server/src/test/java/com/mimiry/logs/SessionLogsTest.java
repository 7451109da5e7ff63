package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.api.ApiException;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.InitLine;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionLogsTest {
    private final LogsFixture fixture = new LogsFixture();
    private final FakeEngine engine = fixture.engine;

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void parts_of_lines_on_both_streams_come_together() {
        SessionLogs logs = fixture.replica();
        engine.stdout("one ")
                .stderr("warn")
                .stdout("two")
                .stderr("ing\n")
                .stdout("\n")
                .stdout("rest")
                .exit(0);

        fixture.captureAll(logs);

        assertThat(fixture.text(logs)).isEqualTo("warning\none two\nrest\n");
    }

    @Test
    void a_part_of_a_line_is_not_shown_before_its_end() {
        SessionLogs logs = fixture.replica();
        engine.stdout("whole\n").stdout("part");
        fixture.capture(logs);
        fixture.awaitText(logs, "whole\n");

        engine.stdout("ly\n");

        fixture.awaitText(logs, "whole\npartly\n");
    }

    @Test
    void equal_and_backward_times_become_strictly_increasing() {
        SessionLogs logs = fixture.replica();
        Instant at = FakeEngine.START;
        engine.add(at, false, bytes("a\n"))
                .add(at, true, bytes("b\n"))
                .add(at.minusSeconds(7200), false, bytes("c\n"))
                .add(at.plusNanos(1), false, bytes("d\n"))
                .add(at.plusSeconds(1), false, bytes("e\n"))
                .exit(0);

        fixture.captureAll(logs);

        assertThat(logs.read(fixture.session, null, null, true).text()).isEqualTo("""
                        2026-05-01T08:00:00.123456789Z a
                        2026-05-01T08:00:00.123456790Z b
                        2026-05-01T08:00:00.123456791Z c
                        2026-05-01T08:00:00.123456792Z d
                        2026-05-01T08:00:01.123456789Z e
                        """);
    }

    @Test
    void junk_bytes_become_text() {
        SessionLogs logs = fixture.replica();
        engine.add(FakeEngine.START, false, new byte[] {'a', (byte) 0xFF, 0, 7, '\t', 27, '[', 'm', '\r', '\n'})
                .add(FakeEngine.START, false, "ü😀\u007f\n".getBytes(StandardCharsets.UTF_8))
                .add(FakeEngine.START, false, new byte[] {'\n'})
                .exit(0);

        fixture.captureAll(logs);

        assertThat(fixture.text(logs)).isEqualTo("a\uFFFD\uFFFD\uFFFD\t\u001b[m\r\nü😀\uFFFD\n\n");
        assertThat(fixture.times(logs)).hasSize(3);
    }

    @Test
    void a_line_of_a_mebibyte_stays_whole_and_a_longer_one_loses_nothing() {
        SessionLogs logs = fixture.replica();
        String whole = "x".repeat((1 << 20) - 1);
        String longer = "ü".repeat(700_000);
        inParts(whole + "\n");
        inParts(longer + "\n");
        engine.exit(0);

        fixture.captureAll(logs);

        List<String> lines = fixture.text(logs).lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).isEqualTo(whole);
        assertThat(lines.get(2)).startsWith("[mimiry:continued] ü");
        assertThat(lines.get(1) + lines.get(2).substring("[mimiry:continued] ".length()))
                .isEqualTo(longer);
    }

    private void inParts(String text) {
        byte[] all = bytes(text);
        for (int at = 0; at < all.length; at += 16_384) {
            engine.add(
                    FakeEngine.START, false, java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + 16_384)));
        }
    }

    @Test
    void the_inits_reports_are_taken_out_of_the_text() {
        SessionLogs logs = fixture.replica();
        engine.stdout("no line feed at the end" + LogsFixture.control("ended code=3 kept=1 term=0"))
                .stdout(LogsFixture.control("deadline"))
                .stdout(LogsFixture.control("unpaid"))
                .stdout("\u001emimiry:wrongtoken ended code=0 kept=0 term=0\n")
                .exit(3);

        fixture.captureAll(logs);

        assertThat(fixture.text(logs)).isEqualTo("""
                no line feed at the end
                [mimiry] command exited with code 3; the machine is kept and billed until you end the session \
                (DELETE or: mirc session terminate)
                \uFFFDmimiry:wrongtoken ended code=0 kept=0 term=0
                """);
        assertThat(logs.progress(fixture.session).reports())
                .containsExactly(
                        new InitLine.CommandEnded(FakeEngine.START.plusNanos(1_000), 3, true, false),
                        new InitLine.DeadlineReached(FakeEngine.START.plusNanos(2_000)),
                        new InitLine.Unpaid(FakeEngine.START.plusNanos(3_000)));
    }

    @Test
    void a_report_behind_a_line_that_is_cut_is_still_a_report() {
        SessionLogs logs = fixture.replica();
        inParts("y".repeat((1 << 20) - 20) + LogsFixture.control("ended code=0 kept=0 term=1"));
        engine.exit(0);

        fixture.captureAll(logs);

        assertThat(fixture.text(logs)).isEqualTo("y".repeat((1 << 20) - 20) + "\n");
        assertThat(logs.progress(fixture.session).reports()).hasSize(1);
    }

    @Test
    void a_container_that_vanished_is_drained_with_what_there_is() {
        SessionLogs logs = fixture.replica();
        engine.stdout("line\n").stdout("part");
        fixture.capture(logs);
        fixture.awaitText(logs, "line\n");

        engine.become(new ContainerStatus.Absent());

        fixture.awaitDrained(logs);
        assertThat(fixture.text(logs)).isEqualTo("line\npart\n");
    }

    @Test
    void a_stream_that_ends_while_the_container_runs_is_resumed() {
        SessionLogs logs = fixture.replica();
        engine.breakStreams(number -> number == 1 || number == 3, true);
        engine.stdout("a\n").stdout("b\n");
        fixture.capture(logs);
        fixture.awaitText(logs, "a\nb\n");

        assertThat(logs.progress(fixture.session).drained()).isFalse();
        engine.stdout("c\n").exit(0);

        fixture.awaitDrained(logs);
        assertThat(fixture.text(logs)).isEqualTo("a\nb\nc\n");
    }

    @Test
    void an_engine_that_cannot_be_reached_is_tried_again() {
        SessionLogs logs = fixture.replica();
        engine.unreachable = true;
        engine.stdout("patience\n").exit(0);
        fixture.capture(logs);

        engine.unreachable = false;

        fixture.awaitDrained(logs);
        assertThat(fixture.text(logs)).isEqualTo("patience\n");
    }

    @Test
    void what_an_engine_has_rotated_away_does_not_hide_what_is_new() {
        SessionLogs logs = fixture.replica();
        engine.stdout("a\n").stdout("b\n").stdout("c\n");
        fixture.capture(logs);
        fixture.awaitText(logs, "a\nb\nc\n");
        logs.close();

        engine.forget(2);
        engine.stdout("d\n").exit(0);
        SessionLogs next = fixture.replica();
        fixture.captureAll(next);

        assertThat(fixture.text(next)).isEqualTo("a\nb\nc\nd\n");
    }

    @Test
    void a_log_beyond_its_quota_says_what_is_missing() {
        SessionLogs logs = fixture.replica(LogsFixture.Config.DEFAULT.quota(100), fixture.database);
        engine.stdout("kept\n").stdout("also kept\n").stdout("0123456789\n").stdout("x\n");
        engine.stdout(LogsFixture.control("ended code=0 kept=0 term=0")).exit(0);

        fixture.captureAll(logs);

        assertThat(fixture.text(logs)).isEqualTo("""
                kept
                also kept
                [mimiry] the log has reached its limit of 100 bytes; further output is dropped
                [mimiry] 2 lines (11 bytes) of output were dropped at the log's limit of 100 bytes
                """);
        assertThat(logs.progress(fixture.session).reports()).hasSize(1);
    }

    @Test
    void a_marker_is_added_once_and_in_order() {
        SessionLogs logs = fixture.replica();
        Instant early = FakeEngine.START.minusSeconds(60);
        logs.mark(fixture.session, "before", "pulling the image", early);
        engine.stdout("output\n");
        fixture.capture(logs);
        fixture.awaitText(logs, "[mimiry] pulling the image\noutput\n");

        logs.mark(fixture.session, "after", "ended\nbadly", early);
        logs.mark(fixture.session, "after", "ended badly", early);

        assertThat(fixture.text(logs)).isEqualTo("[mimiry] pulling the image\noutput\n[mimiry] ended badly\n");
        LogsFixture.assertStrictlyIncreasing(fixture.times(logs));
    }

    @Test
    void the_time_of_the_newest_line_is_ours() {
        SessionLogs logs = fixture.replica();
        assertThat(logs.progress(fixture.session)).isEqualTo(new SessionLogs.Progress(false, null, List.of()));
        Instant before = com.mimiry.platform.Clocks.utc().instant();
        engine.stdout("x\n");

        fixture.capture(logs);
        fixture.awaitText(logs, "x\n");

        assertThat(logs.progress(fixture.session).lastReadableAt())
                .isBetween(before, com.mimiry.platform.Clocks.utc().instant());
    }

    @Test
    void a_log_is_followed_to_its_end() throws InterruptedException {
        SessionLogs logs = fixture.replica();
        engine.stdout("a\n").stdout("b\n");
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Thread follower = Thread.ofVirtual()
                .start(() -> logs.follow(fixture.session, null, line -> seen.add(line.text()), () -> false));
        fixture.capture(logs);
        Awaitility.await().untilAsserted(() -> assertThat(seen).containsExactly("a", "b"));

        engine.stdout("c\n").stdout("d").exit(0);

        assertThat(follower.join(Duration.ofSeconds(20))).isTrue();
        assertThat(seen).containsExactly("a", "b", "c", "d");
    }

    @Test
    void following_ends_when_its_reader_says_so() throws InterruptedException {
        SessionLogs logs = fixture.replica();
        logs.mark(fixture.session, "m", "one", FakeEngine.START);
        AtomicBoolean ended = new AtomicBoolean();
        List<SessionLogs.Line> seen = Collections.synchronizedList(new ArrayList<>());
        Thread follower = Thread.ofVirtual().start(() -> logs.follow(fixture.session, null, seen::add, ended::get));
        Awaitility.await().untilAsserted(() -> assertThat(seen).hasSize(1));

        ended.set(true);

        assertThat(follower.join(Duration.ofSeconds(20))).isTrue();
        assertThat(seen).containsExactly(new SessionLogs.Line("2026-05-01T08:00:00.123456789Z", "[mimiry] one"));
    }

    @Test
    void a_capture_that_nobody_asks_for_any_more_ends() {
        SessionLogs logs = fixture.replica(
                LogsFixture.Config.DEFAULT.lease(Duration.ofMillis(150)).unaskedTimeout(Duration.ofMillis(400)),
                fixture.database);
        engine.stdout("a\n");
        fixture.capture(logs);
        fixture.awaitText(logs, "a\n");
        Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        engine.stdout("b\n");

        SessionLogs other = fixture.replica();
        fixture.capture(other);

        fixture.awaitText(other, "a\nb\n");
        assertThat(engine.streams.get()).isEqualTo(2);
    }

    @Test
    void nothing_is_read_of_a_session_without_output() {
        SessionLogs logs = fixture.replica();

        assertThat(logs.read(fixture.session, null, 50, true)).isEqualTo(new SessionLogs.Lines("", null));
        assertThatThrownBy(() -> logs.read(fixture.session, null, -1, true)).isInstanceOf(ApiException.class);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
