package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.Engines;
import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Replicas of session logs on one database and one fake engine. */
final class LogsFixture implements AutoCloseable {
    static final String TOKEN = "0123456789abcdef";

    final Database database = TestDatabase.create();
    final FakeEngine engine = new FakeEngine();
    final UUID session = UUID.randomUUID();
    private final List<SessionLogs> replicas = new ArrayList<>();

    record Config(
            long maxBytesPerSession,
            Duration retention,
            Duration purgeInterval,
            Duration lease,
            Duration flushInterval,
            Duration unaskedTimeout)
            implements LogConfig {
        static final Config DEFAULT = new Config(
                1L << 30,
                Duration.ofDays(30),
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                Duration.ofMinutes(2));

        Config quota(long bytes) {
            return new Config(bytes, retention, purgeInterval, lease, flushInterval, unaskedTimeout);
        }

        Config lease(Duration duration) {
            return new Config(maxBytesPerSession, retention, purgeInterval, duration, flushInterval, unaskedTimeout);
        }

        Config unaskedTimeout(Duration duration) {
            return new Config(maxBytesPerSession, retention, purgeInterval, lease, flushInterval, duration);
        }
    }

    SessionLogs replica() {
        return replica(Config.DEFAULT, database);
    }

    SessionLogs replica(LogConfig config, Database own) {
        return replica(config, own, engine);
    }

    SessionLogs replica(LogConfig config, Database own, Engines engines) {
        SessionLogs logs =
                new SessionLogs(own, engines, Clocks.utc(), UUID::randomUUID, config, new SimpleMeterRegistry());
        replicas.add(logs);
        return logs;
    }

    void capture(SessionLogs logs) {
        logs.ensureCaptured(session, FakeEngine.ADDRESS, "box", TOKEN);
    }

    void captureAll(SessionLogs logs) {
        capture(logs);
        awaitDrained(logs);
    }

    void awaitDrained(SessionLogs logs) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () -> assertThat(logs.progress(session).drained()).isTrue());
    }

    void awaitText(SessionLogs logs, String text) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() ->
                        assertThat(logs.read(session, null, null, false).text()).isEqualTo(text));
    }

    String text(SessionLogs logs) {
        return logs.read(session, null, null, false).text();
    }

    List<String> times(SessionLogs logs) {
        String text = logs.read(session, null, null, true).text();
        return Pattern.compile("\n")
                .splitAsStream(text)
                .map(line -> line.substring(0, 30))
                .toList();
    }

    static String control(String words) {
        return "\u001emimiry:" + TOKEN + " " + words + "\n";
    }

    static void assertStrictlyIncreasing(List<String> times) {
        @Nullable String last = null;
        for (String time : times) {
            assertThat(time).hasSize(30).endsWith("Z");
            if (last != null) {
                assertThat(time).isGreaterThan(last);
            }
            last = time;
        }
    }

    @Override
    public void close() {
        replicas.forEach(SessionLogs::close);
    }
}
