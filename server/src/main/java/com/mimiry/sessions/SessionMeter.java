package com.mimiry.sessions;

import com.mimiry.billing.Billing;
import com.mimiry.billing.StopCause;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.sessions.Observed.MoneySight;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

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

    /** Books what has been used, and tells whether the session has to end for money's sake, or when. */
    MoneySight look(Session session, Instant now) {
        Instant from = session.times().provisionedAt();
        if (now.isBefore(nextLook.getOrDefault(session.id(), Instant.EPOCH))) {
            return new MoneySight.Unasked();
        }
        Billing.Outlook outlook = billing.outlook(session.id(), now);
        if (from != null && outlook.due()) {
            database.useTransaction(tx -> billing.meter(tx, session.id(), from, now));
            outlook = billing.outlook(session.id(), now);
        }
        Optional<StopCause> over = outlook.stop();
        if (over.isPresent()) {
            return new MoneySight.Over(StopReason.of(over.get().stopReason()));
        }
        if (from == null) {
            // It burns nothing yet; the next candidate is not tried without having asked.
            return new MoneySight.Unasked();
        }
        MoneyEnd end = end(outlook.paidUntil());
        Instant regular = now.plus(Policy.paced(LOOK_EVERY, nextLook.size()));
        nextLook.put(session.id(), end.at() != null && end.at().isBefore(regular) ? end.at() : regular);
        return new MoneySight.Lasts(end);
    }

    /** When what is paid for ends, if nobody starts, stops or pays anything from now on. */
    MoneyEnd end(Session session, Instant now) {
        return end(billing.paidUntil(session.id(), now));
    }

    private static MoneyEnd end(Optional<Billing.PaidEnd> paidUntil) {
        return paidUntil
                .map(end -> new MoneyEnd(end.at(), StopReason.of(end.cause().stopReason())))
                .orElse(MoneyEnd.NEVER);
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
