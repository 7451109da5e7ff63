package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionLogsReadTest {
    private static final int LINES = 100_000;
    private final LogsFixture fixture = new LogsFixture();
    private final SessionLogs logs = fixture.replica();

    @AfterEach
    void stop() {
        fixture.close();
    }

    private void captured(int lines, String filler) {
        for (int i = 0; i < lines; i++) {
            fixture.engine.stdout("line " + i + filler + "\n");
        }
        fixture.engine.exit(0);
        fixture.captureAll(logs);
    }

    private static String expected(int from, int to, String filler) {
        return IntStream.range(from, to)
                .mapToObj(i -> "line " + i + filler + "\n")
                .collect(Collectors.joining());
    }

    @Test
    void a_burst_of_100_000_lines_arrives_whole_and_pages_by_time() {
        captured(LINES, "");

        assertThat(fixture.text(logs)).isEqualTo(expected(0, LINES, ""));
        LogsFixture.assertStrictlyIncreasing(fixture.times(logs));
        assertThat(paged("2000-01-01T00:00:00Z", 16 << 20)).isEqualTo(expected(0, LINES, ""));
    }

    @Test
    void the_tail_is_the_newest_lines() {
        captured(20_000, "");

        assertThat(logs.read(fixture.session, null, 50, false).text()).isEqualTo(expected(19_950, 20_000, ""));
        assertThat(logs.read(fixture.session, null, 1, false).text()).isEqualTo("line 19999\n");
        assertThat(logs.read(fixture.session, null, 0, false)).isEqualTo(new SessionLogs.Lines("", null));
        assertThat(logs.read(fixture.session, " ", 5_000_000, false).text()).isEqualTo(expected(10_000, 20_000, ""));
    }

    @Test
    void since_is_exclusive_at_every_line() {
        captured(300, "");
        List<String> times = fixture.times(logs);

        for (int i = 0; i < times.size(); i++) {
            SessionLogs.Lines lines = logs.read(fixture.session, times.get(i), 3, false);
            assertThat(lines.text()).isEqualTo(expected(i + 1, 300, ""));
            assertThat(lines.last()).isEqualTo(i == 299 ? null : times.getLast());
        }
    }

    @Test
    void answers_stay_below_16_mebibytes_and_a_pager_misses_nothing() {
        String filler = "#".repeat(1_000);
        captured(40_000, filler);

        String newest = logs.read(fixture.session, null, null, true).text();

        assertThat(newest.length()).isBetween((16 << 20) - 2_000, 16 << 20);
        assertThat(newest).endsWith("line 39999" + filler + "\n");
        assertThat(newest.lines()).allMatch(line -> line.startsWith("2026-"));
        assertThat(paged("1970-01-01T00:00:00Z", 16 << 20)).isEqualTo(expected(0, 40_000, filler));
    }

    @Test
    void a_follower_sees_every_line_of_a_long_log() {
        captured(LINES, "");
        List<String> seen = new ArrayList<>();

        logs.follow(fixture.session, null, line -> seen.add(line.text()), () -> false);

        assertThat(seen).hasSize(LINES).startsWith("line 0").endsWith("line 99999");
    }

    private String paged(String since, int bytesMax) {
        StringBuilder all = new StringBuilder();
        @Nullable String from = since;
        while (from != null) {
            SessionLogs.Lines page = logs.read(fixture.session, from, null, false);
            assertThat(page.text().length()).isLessThanOrEqualTo(bytesMax);
            all.append(page.text());
            from = page.last();
        }
        return Objects.toString(all);
    }
}
