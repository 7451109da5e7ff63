package com.mimiry.catalog;

import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import io.quarkus.logging.Log;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One provider's offers, asked for by at most one thread at a time however many want them. The lock guards the fields and
 * is never held while the provider is asked.
 */
final class ProviderOffers {
    /**
     * How long anybody waits for a provider that failed last time, or for one whose last answer will do; it has the whole
     * timeout to answer all the same.
     */
    private static final Duration PATIENCE_SHORT = Duration.ofSeconds(1);

    private final Provider provider;
    private final Clock clock;
    private final Duration timeout;
    private final Duration staleFor;
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable Listing lastGood;
    private @Nullable Instant lastFailure;
    private @Nullable FutureTask<Listing> asking;
    private @Nullable Instant askedAt;

    ProviderOffers(Provider provider, Clock clock, Duration timeout, Duration staleFor) {
        this.provider = provider;
        this.clock = clock;
        this.timeout = timeout;
        this.staleFor = staleFor;
    }

    String provider() {
        return provider.name();
    }

    /** @param at when the provider was asked */
    record Listing(List<Offer> offers, Instant at) {}

    /** What it offers, no older than it may be unless it fails; empty when it has been silent for too long. */
    Optional<Listing> current() {
        return noOlderThan(provider.offersFreshFor(), true);
    }

    /** As {@link #current}, with an age limit of the caller's; the provider's own wish bounds how often it is asked. */
    Optional<Listing> noOlderThan(Duration age) {
        return noOlderThan(age, false);
    }

    /** @param orStale whether an older answer will do where a new one takes its time */
    private Optional<Listing> noOlderThan(Duration age, boolean orStale) {
        Duration floor = provider.offersFreshFor().dividedBy(10);
        Duration allowed = age.compareTo(floor) < 0 ? floor : age;
        FutureTask<Listing> task = null;
        FutureTask<Listing> started = null;
        Duration patience = timeout;
        lock.lock();
        try {
            FutureTask<Listing> earlier = asking;
            if (earlier != null && !earlier.isDone() && !isWithin(askedAt, timeout)) {
                earlier.cancel(true);
                failed(earlier, "no answer within " + timeout);
            }
            if (isWithin(lastGood == null ? null : lastGood.at(), allowed) || isWithin(lastFailure, floor)) {
                return usable();
            }
            if (asking == null) {
                started = new FutureTask<>(this::ask);
                asking = started;
                askedAt = clock.instant();
            }
            task = asking;
            if (askedAt != null && (lastFailure != null || (orStale && usable().isPresent()))) {
                Duration left = PATIENCE_SHORT.minus(Duration.between(askedAt, clock.instant()));
                patience = left.isNegative() ? Duration.ZERO : left.compareTo(timeout) < 0 ? left : timeout;
            }
        } finally {
            lock.unlock();
        }
        if (started != null) {
            Thread.ofVirtual().name("offers-" + provider.name()).start(started);
        }
        await(task, patience);
        lock.lock();
        try {
            return usable();
        } finally {
            lock.unlock();
        }
    }

    private void await(FutureTask<Listing> task, Duration patience) {
        try {
            succeeded(task, task.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException _) {
            // With less patience than the timeout it goes on; whoever asks next finds its answer.
            if (patience.equals(timeout)) {
                task.cancel(true);
                failed(task, "no answer within " + timeout);
            }
        } catch (ExecutionException e) {
            failed(task, String.valueOf(e.getCause()));
        } catch (CancellationException _) {
            failed(task, "no answer within " + timeout);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private Listing ask() {
        Instant at = clock.instant();
        return new Listing(List.copyOf(provider.offers()), at);
    }

    private void succeeded(FutureTask<Listing> task, Listing listing) {
        lock.lock();
        try {
            if (task.equals(asking)) {
                asking = null;
                if (lastFailure != null) {
                    Log.infof("provider %s answers again", provider.name());
                }
                lastFailure = null;
                lastGood = listing;
            }
        } finally {
            lock.unlock();
        }
    }

    private void failed(FutureTask<Listing> task, String why) {
        lock.lock();
        try {
            if (task.equals(asking)) {
                asking = null;
                if (lastFailure == null) {
                    Log.warnf("provider %s does not list its offers: %s", provider.name(), why);
                }
                lastFailure = clock.instant();
            }
        } finally {
            lock.unlock();
        }
    }

    private Optional<Listing> usable() {
        return isWithin(lastGood == null ? null : lastGood.at(), staleFor)
                ? Optional.ofNullable(lastGood)
                : Optional.empty();
    }

    private boolean isWithin(@Nullable Instant at, Duration age) {
        return at != null && !clock.instant().isAfter(at.plus(age));
    }
}
