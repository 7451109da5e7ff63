package com.mimiry.providers;

import com.mimiry.platform.Database;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * Gives calls of one kind their turn, so that all replicas together stay below what a provider allows an account. Turns are
 * in the database, by its clock; who waits holds no connection.
 */
public final class ProviderPace {
    private final Database database;
    private final ProviderPaceStore store = new ProviderPaceStore();
    private final String account;
    private final String kind;
    private final Duration gap;
    private final Duration patience;

    /**
     * @param account which of a provider's accounts: limits are an account's, not a server's
     * @param kind of call, for people and as a part of the key, such as {@code lists}
     * @param gap between two calls
     * @param patience the longest that one waits
     */
    public ProviderPace(Database database, String account, String kind, Duration gap, Duration patience) {
        this.database = database;
        this.account = account;
        this.kind = kind;
        this.gap = gap;
        this.patience = patience;
    }

    /** For providers that count calls by the minute. */
    public static Duration perMinute(int calls) {
        return Duration.ofMinutes(1).dividedBy(calls);
    }

    /** Waits for a turn. @throws ProviderFailure.RateLimited when it would take too long; nothing is taken then */
    public void await() {
        if (!tryWithin()) {
            throw new ProviderFailure.RateLimited(
                    "too many calls (%s) are waiting for their turn at the provider".formatted(kind), queue());
        }
    }

    /** As {@link #await}. @return false, and no turn is taken, when it would take too long */
    public boolean tryWithin() {
        OptionalDouble waiting = database.inTransaction(tx -> store.take(tx, account, kind, gap, patience));
        waiting.ifPresent(seconds -> pause(nanos(seconds)));
        return waiting.isPresent();
    }

    /** How long a call would wait for its turn now. */
    public Duration queue() {
        return nanos(database.read(tx -> store.waiting(tx, account, kind)));
    }

    /** Nobody has a turn before this has passed. */
    public void hold(Duration pause) {
        database.useTransaction(tx -> store.hold(tx, account, kind, pause));
    }

    private static Duration nanos(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    /** @throws ProviderFailure.RateLimited when the thread is interrupted */
    public static void pause(Duration duration) {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ProviderFailure.RateLimited("interrupted while waiting for a turn at the provider", null);
        }
    }
}
