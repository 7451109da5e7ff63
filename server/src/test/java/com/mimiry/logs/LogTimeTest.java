package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.api.ApiException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogTimeTest {
    @ParameterizedTest
    @CsvSource({
        "2026-05-01T08:00:00Z, 2026-05-01T08:00:00.000000000Z",
        "2026-05-01T08:00:00.1Z, 2026-05-01T08:00:00.100000000Z",
        "2026-05-01t08:00:00.123456z, 2026-05-01T08:00:00.123456000Z",
        "2026-05-01T08:00:00.123456789Z, 2026-05-01T08:00:00.123456789Z",
        "2026-05-01T08:00:00.123456789999Z, 2026-05-01T08:00:00.123456789Z",
        "2026-05-01T10:30:00.5+02:30, 2026-05-01T08:00:00.500000000Z",
        "2026-05-01T08:00:00 00:00, 2026-05-01T08:00:00.000000000Z",
        "2026-05-01 08:00:00Z, 2026-05-01T08:00:00.000000000Z",
        "0001-01-01T00:00:00Z, 1970-01-01T00:00:00.000000000Z",
    })
    void any_precision_and_offset_is_understood(String since, String instant) {
        assertThat(LogTime.format(LogTime.parseSince(since))).isEqualTo(instant);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"yesterday", "2026-05-01", "2026-05-01T08:00:00", "2026-13-01T08:00:00Z", "1700000000", "\0"})
    void anything_else_is_refused_by_name(String since) {
        assertThatThrownBy(() -> LogTime.parseSince(since))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.details()).isEqualTo(Map.of("field", "since")));
    }

    @Test
    void a_clock_out_of_bounds_is_taken_to_the_nearest_time() {
        assertThat(LogTime.format(LogTime.nanos(Instant.MAX))).hasSize(30);
        assertThat(LogTime.format(LogTime.nanos(Instant.MIN))).isEqualTo("1970-01-01T00:00:00.000000000Z");
    }
}
