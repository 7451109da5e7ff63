package com.mimiry.sessions;

import com.mimiry.platform.Database;
import com.mimiry.platform.Snapshot;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/** How many sessions there are in each state, of those whose machine is not yet proven gone. */
@Singleton
@Startup
final class SessionMetrics {
    private static final Duration READ_EVERY = Duration.ofSeconds(15);

    SessionMetrics(Database database, Clock clock, MeterRegistry registry) {
        SessionCountStore store = new SessionCountStore();
        Snapshot<Map<SessionState, Long>> live =
                new Snapshot<>(clock, READ_EVERY, () -> database.read(store::liveByState));
        for (SessionState state : SessionState.values()) {
            Gauge.builder(
                            "mimiry.sessions.live",
                            () -> live.get()
                                    .map(counts -> (double) counts.getOrDefault(state, 0L))
                                    .orElse(Double.NaN))
                    .description("Sessions whose machine is not proven gone")
                    .tag("state", state.text())
                    .register(registry);
        }
    }
}
