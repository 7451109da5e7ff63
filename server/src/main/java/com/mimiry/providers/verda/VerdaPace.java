package com.mimiry.providers.verda;

import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/** Gives listings their turn, so that all replicas together stay below what Verda allows an account. */
final class VerdaPace {
    private final Database database;
    private final VerdaPaceStore store = new VerdaPaceStore();
    private final String account;
    private final Duration gap;
    private final Duration patience;

    VerdaPace(Database database, String account, int perMinute, Duration patience) {
        this.database = database;
        this.account = account;
        this.gap = Duration.ofMinutes(1).dividedBy(perMinute);
        this.patience = patience;
    }

    /** Waits for a turn. @throws ProviderFailure.RateLimited when it would take too long */
    void await() {
        OptionalDouble waiting = database.inTransaction(tx -> store.take(tx, account, gap, patience));
        if (waiting.isEmpty()) {
            throw new ProviderFailure.RateLimited("too many listings of verda are waiting for their turn", patience);
        }
        pause(Duration.ofNanos((long) (waiting.getAsDouble() * 1e9)));
    }

    /** @throws ProviderFailure.RateLimited when the thread is interrupted */
    static void pause(Duration duration) {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ProviderFailure.RateLimited("interrupted while waiting for verda", null);
        }
    }

    /** How long a listing would wait for its turn now. */
    Duration queue() {
        return Duration.ofNanos((long) (database.read(tx -> store.waiting(tx, account)) * 1e9));
    }

    /** Nobody lists before this has passed. */
    void hold(Duration pause) {
        database.useTransaction(tx -> store.hold(tx, account, pause));
    }
}
