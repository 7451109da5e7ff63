package com.mimiry.providers.verda;

import com.mimiry.providers.ProviderFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a dead provider from holding everybody who asks it for the whole timeout. After some calls in a row without an
 * answer it is left alone for a while; then one caller is let through to see. The lock guards all fields.
 */
final class VerdaCircuit {
    private static final Logger LOG = Logger.getLogger(VerdaCircuit.class);
    private static final int SILENCES_MAX = 4;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(30);

    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private int silences;
    private Duration pause = FIRST_PAUSE;
    private @Nullable Instant openUntil;

    VerdaCircuit(Clock clock) {
        this.clock = clock;
    }

    /** @throws ProviderFailure.RateLimited while it is left alone; nothing has been sent then */
    void requireClosed() {
        lock.lock();
        try {
            Instant now = clock.instant();
            if (openUntil == null) {
                return;
            }
            if (now.isBefore(openUntil)) {
                throw new ProviderFailure.RateLimited(
                        "verda has not answered lately and is not asked until " + openUntil,
                        Duration.between(now, openUntil));
            }
            // This caller tries; the others wait for what comes of it.
            openUntil = now.plus(pause);
        } finally {
            lock.unlock();
        }
    }

    void answered() {
        lock.lock();
        try {
            if (openUntil != null) {
                LOG.info("verda answers again");
            }
            silences = 0;
            pause = FIRST_PAUSE;
            openUntil = null;
        } finally {
            lock.unlock();
        }
    }

    void silent() {
        lock.lock();
        try {
            silences++;
            if (silences < SILENCES_MAX) {
                return;
            }
            if (openUntil != null) {
                pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
            }
            openUntil = clock.instant().plus(pause);
            LOG.warnf("verda does not answer; it is left alone for %s", pause);
        } finally {
            lock.unlock();
        }
    }

    /** Until when it is left alone; empty while it is asked. */
    Optional<Instant> openUntil() {
        lock.lock();
        try {
            return Optional.ofNullable(openUntil);
        } finally {
            lock.unlock();
        }
    }
}
