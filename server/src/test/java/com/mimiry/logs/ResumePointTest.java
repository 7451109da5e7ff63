package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumePointTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long START = LogTime.nanos(Instant.parse("2026-05-01T08:00:00Z"));

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 700, 100_000})
    void every_entry_comes_once_wherever_the_stream_breaks(int entryBytes) {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> log = jitteryLog(random, 60_000);

        List<Integer> consumed = consume(random, log, entryBytes);

        assertThat(consumed)
                .as("seed %d", seed)
                .isEqualTo(IntStream.range(0, log.size()).boxed().toList());
    }

    /** Stamps often equal, passing each other by less than a second; ten minutes long with quiet times. */
    private static List<Long> jitteryLog(SplittableRandom random, int size) {
        List<Long> log = new ArrayList<>();
        long clock = START;
        for (int i = 0; i < size; i++) {
            clock += random.nextInt(4) == 0 ? 0 : random.nextLong(20_000_000L);
            clock += random.nextInt(5_000) == 0 ? 90 * SECOND : 0;
            log.add(random.nextInt(10) == 0 ? clock - random.nextLong(SECOND) : clock);
        }
        return log;
    }

    private static List<Integer> consume(SplittableRandom random, List<Long> log, int entryBytes) {
        List<Integer> consumed = new ArrayList<>();
        ResumePoint point = new ResumePoint(Position.START);
        for (int stream = 0; stream < 1_000 && consumed.size() < log.size(); stream++) {
            Instant since = point.begin();
            int delivered = 0;
            int breakAt = random.nextInt(40_000);
            for (int i = 0; i < log.size() && delivered < breakAt; i++) {
                if (since == null || log.get(i) >= LogTime.nanos(since)) {
                    delivered++;
                    if (point.isNew(log.get(i), entryBytes)) {
                        consumed.add(i);
                    }
                }
            }
            if (random.nextBoolean()) {
                point = new ResumePoint(point.position());
            }
        }
        return consumed;
    }

    @Test
    void a_long_log_is_not_read_from_its_start_again() {
        ResumePoint point = new ResumePoint(Position.START);
        point.begin();
        for (int i = 0; i < 100_000; i++) {
            point.isNew(START + i * SECOND / 100, 10);
        }

        Position position = point.position();

        assertThat(position.fromNs()).isBetween(START + 900 * SECOND, START + 960 * SECOND);
        assertThat(position.skip()).isLessThan(10_000);
        assertThat(position.entries()).isEqualTo(100_000);
    }

    @Test
    void after_the_clock_was_set_back_the_log_is_read_from_its_start() {
        ResumePoint point = new ResumePoint(Position.START);
        point.begin();
        for (int i = 0; i < 100_000; i++) {
            point.isNew(START + i * SECOND / 100, 10);
        }

        point.isNew(START - 3600 * SECOND, 10);

        assertThat(point.position()).isEqualTo(new Position(null, 100_001, 100_001, START + 99_999 * SECOND / 100));
    }
}
