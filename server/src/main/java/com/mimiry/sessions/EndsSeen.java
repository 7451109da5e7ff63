package com.mimiry.sessions;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Since when this replica has been looking at containers that have ended. Time in which it did not look, as while it was
 * down or asleep, or the engine was silent, is no time in which the rest of the output could have come.
 */
final class EndsSeen {
    /** More between two looks is a pause. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private record Seen(Instant since, Instant last) {}

    private final Map<UUID, Seen> bySession = new ConcurrentHashMap<>();

    /** @return since when it has been seen without a pause */
    Instant seen(UUID sessionId, Instant now) {
        bySession.values().removeIf(seen -> paused(seen, now));
        return bySession
                .merge(sessionId, new Seen(now, now), (before, _) -> new Seen(before.since(), now))
                .since();
    }

    private static boolean paused(Seen seen, Instant now) {
        return Duration.between(seen.last(), now).abs().compareTo(PAUSE) > 0;
    }
}
