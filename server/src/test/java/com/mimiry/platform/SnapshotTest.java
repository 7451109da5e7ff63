package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    private final AtomicInteger readings = new AtomicInteger();
    private Instant now = Instant.parse("2026-03-10T08:00:00Z");
    private boolean broken;

    private final Clock clock = new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };
    private final Snapshot<Integer> snapshot = new Snapshot<>(clock, Duration.ofSeconds(10), this::read);

    private Integer read() {
        int reading = readings.incrementAndGet();
        if (broken) {
            throw new IllegalStateException("no database");
        }
        return reading;
    }

    @Test
    void who_asks_again_soon_gets_the_same_reading() {
        assertThat(snapshot.get()).contains(1);
        now = now.plusMillis(9_999);
        assertThat(snapshot.get()).contains(1);
        now = now.plusMillis(1);
        assertThat(snapshot.get()).contains(2);
    }

    @Test
    void a_clock_that_is_set_back_does_not_stop_the_readings() {
        assertThat(snapshot.get()).contains(1);
        now = now.minusSeconds(3600);
        assertThat(snapshot.get()).contains(2);
    }

    @Test
    void what_cannot_be_read_is_absent_and_not_asked_for_again_at_once() {
        broken = true;
        assertThat(snapshot.get()).isEmpty();
        assertThat(snapshot.get()).isEmpty();
        assertThat(readings).hasValue(1);
        broken = false;
        now = now.plusSeconds(10);
        assertThat(snapshot.get()).contains(2);
    }
}
