package com.mimiry.platform;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/** The one place that reads the time of day; everybody else is handed a {@link Clock}. */
public final class Clocks {
    private Clocks() {}

    /** UTC in microseconds, which is what PostgreSQL keeps: a time read back equals the time written. */
    public static Clock utc() {
        return Clock.tick(Clock.systemUTC(), Duration.ofNanos(1_000));
    }

    @Produces
    @Singleton
    static Clock clock() {
        return utc();
    }
}
