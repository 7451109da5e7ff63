package com.mimiry.sessions;

import com.mimiry.billing.Billing;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** The bill of a session: booked while it runs, settled when its machine is proven gone. */
@Singleton
final class SessionMeter {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private final Billing billing;
    private final Database database;
    private final ConcurrentMap<UUID, Instant> nextLook = new ConcurrentHashMap<>();

    SessionMeter(Billing billing, Database database) {
        this.billing = billing;
        this.database = database;
    }

    /** Books what has been used, and tells whether the session has to end for money's sake. */
    @Nullable StopReason mustStop(Session session, Instant now) {
        Instant from = session.times().provisionedAt();
        if (from == null) {
            return null;
        }
        if (now.isBefore(nextLook.getOrDefault(session.id(), Instant.EPOCH))) {
            return null;
        }
        database.useTransaction(tx -> billing.meter(tx, session.id(), from, now));
        StopReason reason = billing.mustStop(session.id(), now)
                .map(cause -> StopReason.of(cause.stopReason()))
                .orElse(null);
        if (reason == null) {
            Instant regular = now.plus(LOOK_EVERY);
            Instant paid = billing.paidUntil(session.id(), now).orElse(regular);
            nextLook.put(session.id(), paid.isBefore(regular) ? paid : regular);
        }
        return reason;
    }

    /** The machine is gone since {@code end}, or there never was one. */
    void close(Transaction tx, Session session, Instant end) {
        Instant from = session.times().provisionedAt();
        if (from == null) {
            billing.release(tx, session.id());
        } else {
            billing.settle(tx, session.id(), from, end);
        }
        nextLook.remove(session.id());
    }
}
