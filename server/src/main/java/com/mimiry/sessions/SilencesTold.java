package com.mimiry.sessions;

import com.mimiry.containers.EngineAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A silent engine is worth a line in the log now and then, not one for each session and look. */
final class SilencesTold {
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final Map<EngineAddress, Instant> toldAt = new ConcurrentHashMap<>();

    boolean isNews(EngineAddress engine, Instant now) {
        toldAt.values().removeIf(told -> Duration.between(told, now).abs().compareTo(EVERY) >= 0);
        return toldAt.putIfAbsent(engine, now) == null;
    }
}
