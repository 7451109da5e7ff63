package com.mimiry.sessions;

import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.reconcile.Reconciler.Next;
import com.mimiry.volumes.SessionVolumes;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Writes what was decided on a session, together with the event that tells of it. */
final class SessionWrites {
    private static final Logger LOG = Logger.getLogger(SessionWrites.class);

    private final Database database;
    private final SessionStore store = new SessionStore();
    private final SessionMeter meter;
    private final SessionVolumes volumes;
    private final Clock clock;

    SessionWrites(Database database, SessionMeter meter, SessionVolumes volumes, Clock clock) {
        this.database = database;
        this.meter = meter;
        this.volumes = volumes;
        this.clock = clock;
    }

    /** Writes what was decided; where the row has moved on meanwhile, the decision is dropped and made anew. */
    @Nullable Next write(Function<Instant, Predicate<Transaction>> change) {
        Predicate<Transaction> guarded = change.apply(clock.instant());
        boolean held = database.inTransaction(guarded::test);
        if (!held) {
            LOG.debug("the row had moved on; deciding anew");
        }
        return null;
    }

    @Nullable Next conclude(Session session, Decision.Conclude end) {
        String message = Objects.requireNonNullElseGet(
                end.error(),
                () -> end.stopReason() == null
                        ? "The command ended with exit code " + end.exitCode()
                        : "Stopped: " + end.stopReason().sentence());
        return write(now -> {
            Session.Times times = session.times();
            Instant earliest = times.startedAt() == null ? times.provisionedAt() : times.startedAt();
            Instant endedAt = between(earliest, end.endedAt(), now);
            return tx -> {
                if (!store.concluded(tx, session, end, endedAt)) {
                    return false;
                }
                if (!session.hasMachine()) {
                    volumes.detach(tx, session.id(), endedAt);
                    meter.close(tx, session, endedAt);
                }
                return event(tx, session, endedAt, "end", session.state(), session.operation(), message);
            };
        });
    }

    /** A machine's clock may be off, so its times are put where they can have been. */
    static Instant between(@Nullable Instant earliest, Instant said, Instant now) {
        Instant past = said.isAfter(now) ? now : said;
        return earliest != null && past.isBefore(earliest) ? earliest : past;
    }

    boolean event(
            Transaction tx,
            Session session,
            Instant at,
            String type,
            SessionState state,
            Operation operation,
            String message) {
        store.addEvent(tx, session.id(), at, type, state, operation, message);
        return true;
    }
}
