package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Clocks;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogRetentionTest {
    private final LogsFixture fixture = new LogsFixture();

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void logs_go_when_their_time_is_over() {
        SessionLogs logs = fixture.replica();
        fixture.engine.stdout("x".repeat(100_000) + "\n").stdout("y\n").exit(0);
        fixture.captureAll(logs);

        assertThat(purgedIn(Duration.ofDays(29))).isZero();
        assertThat(fixture.text(logs)).isNotEmpty();
        assertThat(purgedIn(Duration.ofDays(31))).isEqualTo(1);
        assertThat(logs.read(fixture.session, null, null, true)).isEqualTo(new SessionLogs.Lines("", null));
    }

    @Test
    void more_logs_than_one_batch_go_at_once() {
        SessionLogs logs = fixture.replica();
        for (int i = 0; i < 120; i++) {
            logs.mark(UUID.randomUUID(), "m", "ended", Clocks.utc().instant());
        }

        assertThat(purgedIn(Duration.ofDays(31))).isEqualTo(120);
    }

    private int purgedIn(Duration time) {
        Clock later = Clock.offset(Clocks.utc(), time);
        try (LogRetention retention =
                new LogRetention(fixture.database, new LogStore(), later, LogsFixture.Config.DEFAULT)) {
            return retention.purge();
        }
    }
}
