package com.mimiry.platform;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Figures that are read anew only when the last reading has become old, however many ask: for metrics, which are scraped by
 * whoever likes to. The lock guards the last reading and keeps two from being taken at once.
 */
public final class Snapshot<T> {
    private static final Logger LOG = Logger.getLogger(Snapshot.class);

    private final Clock clock;
    private final Duration lifetime;
    private final Supplier<T> reader;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable T last;
    private @Nullable Instant takenAt;

    /** @param lifetime how long a reading, or the failure of one, is good for */
    public Snapshot(Clock clock, Duration lifetime, Supplier<T> reader) {
        this.clock = clock;
        this.lifetime = lifetime;
        this.reader = reader;
    }

    /** Empty where the figures cannot be read now. May take a reading, and wait for another's. */
    public Optional<T> get() {
        lock.lock();
        try {
            Instant now = clock.instant();
            if (takenAt == null || Duration.between(takenAt, now).abs().compareTo(lifetime) >= 0) {
                takenAt = now;
                last = read();
            }
            return Optional.ofNullable(last);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable T read() {
        try {
            return reader.get();
        } catch (RuntimeException e) {
            LOG.debug("figures for the metrics could not be read", e);
            return null;
        }
    }
}
