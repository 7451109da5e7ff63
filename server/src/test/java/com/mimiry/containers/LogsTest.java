package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mimiry.containers.ContainerEngine.LogEntry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a real engine keeps of real containers' output. */
class LogsTest {
    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    private static List<LogEntry> entries(String name, @Nullable Instant since) {
        List<LogEntry> entries = new ArrayList<>();
        HOST.engine.logs(name, since, false, entries::add);
        return entries;
    }

    private static String text(LogEntry entry) {
        return new String(entry.payload(), StandardCharsets.UTF_8);
    }

    private static byte[] stdout(List<LogEntry> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        entries.stream().filter(entry -> !entry.stderr()).forEach(entry -> bytes.writeBytes(entry.payload()));
        return bytes.toByteArray();
    }

    @Test
    void entries_tell_time_and_stream() {
        String name = HOST.started("echo out; echo err >&2");
        ContainerStatus.Exited exited = HOST.awaitExit(name);
        List<LogEntry> entries = entries(name, null);
        assertThat(entries)
                .filteredOn(LogEntry::stderr)
                .singleElement()
                .satisfies(entry -> assertThat(text(entry)).isEqualTo("err\n"));
        assertThat(entries).first().satisfies(entry -> {
            assertThat(entry.at())
                    .isBetween(
                            exited.startedAt().minusSeconds(1),
                            exited.finishedAt().plusSeconds(1));
        });
    }

    @Test
    void a_burst_of_a_hundred_thousand_lines_is_whole() {
        String name = HOST.started("seq 100000");
        HOST.awaitExit(name);
        List<LogEntry> entries = entries(name, null);
        assertThat(entries).hasSize(100_001);
        for (int i = 0; i < 100_000; i++) {
            assertThat(text(entries.get(i))).isEqualTo((i + 1) + "\n");
        }
        assertThat(entries.getLast())
                .satisfies(entry -> assertThat(InitLines.parse(entry.payload(), TestEngine.TOKEN, entry.at()))
                        .isPresent());
    }

    @Test
    void a_line_of_a_mebibyte_comes_in_parts_without_line_feeds() {
        String name = HOST.started("head -c 1048576 /dev/zero | tr '\\0' x; echo; echo next");
        HOST.awaitExit(name);
        List<LogEntry> entries = entries(name, null);
        String all = new String(stdout(entries), StandardCharsets.UTF_8);
        assertThat(all).startsWith("x".repeat(1_048_576) + "\nnext\n");
        assertThat(entries.getFirst().payload()).hasSize(16_384).doesNotContain((byte) '\n');
        assertThat(entries.stream().map(LogEntry::at).toList()).isSorted();
    }

    @Test
    void junk_does_no_harm() {
        String name = HOST.started("head -c 300000 /dev/urandom; echo; echo after");
        HOST.awaitExit(name);
        assertThat(new String(stdout(entries(name, null)), StandardCharsets.UTF_8))
                .contains("\nafter\n");
        assertThat(HOST.reports(name)).hasSize(1);
    }

    @Test
    void reading_resumes_at_a_time_with_its_entry_included() {
        String name = HOST.started("for i in $(seq 40); do echo $i; sleep 0.01; done");
        HOST.awaitExit(name);
        List<LogEntry> all = entries(name, null);
        for (int i : new int[] {0, 1, 17, 38, 40}) {
            List<LogEntry> rest = entries(name, all.get(i).at());
            List<String> expected = all.stream()
                    .filter(entry -> !entry.at().isBefore(all.get(i).at()))
                    .map(LogsTest::text)
                    .toList();
            assertThat(rest).extracting(LogsTest::text).isEqualTo(expected);
        }
        assertThat(entries(name, all.getLast().at().plusNanos(1))).isEmpty();
    }

    @Test
    void following_ends_with_the_container_and_misses_nothing() {
        String name = HOST.started("for i in $(seq 30); do echo $i; sleep 0.02; done");
        List<LogEntry> followed = new ArrayList<>();
        HOST.engine.logs(name, null, true, followed::add);
        assertThat(followed).hasSize(31);
        assertThat(HOST.awaitExit(name).exitCode()).isZero();
    }

    @Test
    void following_stops_on_interrupt_and_shows_lines_as_they_come() throws InterruptedException {
        String name = HOST.started("echo first; sleep 1000");
        List<LogEntry> followed = new CopyOnWriteArrayList<>();
        List<Boolean> flags = new CopyOnWriteArrayList<>();
        Thread follower = Thread.ofVirtual().start(() -> {
            HOST.engine.logs(name, null, true, followed::add);
            flags.add(Thread.currentThread().isInterrupted());
        });
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(followed).hasSize(1));
        follower.interrupt();
        assertThat(follower.join(Duration.ofSeconds(10))).isTrue();
        assertThat(flags).containsExactly(true);
    }
}
