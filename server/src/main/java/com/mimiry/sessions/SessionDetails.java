package com.mimiry.sessions;

import com.mimiry.billing.Billing;
import com.mimiry.billing.Billing.Accrual;
import com.mimiry.platform.Database;
import com.mimiry.platform.SharedReads;
import com.mimiry.sessions.SessionReadStore.EventTail;
import com.mimiry.sessions.SessionReadStore.Stamp;
import com.mimiry.volumes.SessionVolumes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads what most requests ask for: one session. Clients poll, so mostly nothing has changed since the last time; then the
 * database is only asked for that (the row's version and its newest event), and what was read before is shown again. Costs
 * go on by the clock, and their meter changes without the session: hence nothing is kept for longer than a moment.
 */
final class SessionDetails {
    private static final int KEPT_MAX = 2_000;
    private static final long KEPT_NANOS = Duration.ofSeconds(2).toNanos();

    private final Database database;
    private final Billing billing;
    private final SessionVolumes volumes;
    private final SessionReadStore reads = new SessionReadStore();
    private final SharedReads<EventTail, SessionDetail> shared = new SharedReads<>(this::read);

    /** Guarded by itself. */
    private final Map<EventTail, Kept> kept = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<EventTail, Kept> eldest) {
            return size() > KEPT_MAX;
        }
    };

    SessionDetails(Database database, Billing billing, SessionVolumes volumes) {
        this.database = database;
        this.billing = billing;
        this.volumes = volumes;
    }

    /** @param tail how many events, at most */
    Optional<SessionDetail> find(UUID id, int tail) {
        return shared.get(new EventTail(id, tail));
    }

    private Map<EventTail, SessionDetail> read(Set<EventTail> asked) {
        Map<UUID, Stamp> stamps = database.lookUp(lookup -> reads.stamps(lookup, ids(asked)));
        Map<EventTail, SessionDetail> found = new HashMap<>();
        Set<EventTail> changed = new HashSet<>();
        for (EventTail one : asked) {
            SessionDetail unchanged = unchanged(one, stamps.get(one.sessionId()));
            if (unchanged != null) {
                found.put(one, unchanged);
            } else if (stamps.containsKey(one.sessionId())) {
                changed.add(one);
            }
        }
        if (!changed.isEmpty()) {
            found.putAll(readAgain(changed, stamps));
        }
        return found;
    }

    private @Nullable SessionDetail unchanged(EventTail asked, @Nullable Stamp stamp) {
        synchronized (kept) {
            Kept last = kept.get(asked);
            if (last == null || !last.stamp().equals(stamp) || System.nanoTime() - last.readAt() > KEPT_NANOS) {
                return null;
            }
            return last.detail();
        }
    }

    private Map<EventTail, SessionDetail> readAgain(Set<EventTail> asked, Map<UUID, Stamp> stamps) {
        long now = System.nanoTime();
        Set<UUID> ids = ids(asked);
        Map<UUID, Accrual> accruals = billing.accruals(ids);
        Map<UUID, List<SessionVolumes.Mount>> mounts = volumes.mounts(ids);
        Map<UUID, Session> rows = new HashMap<>();
        Map<EventTail, List<SessionEvent>> events = new HashMap<>();
        database.read(tx -> {
            reads.findAll(tx, ids).forEach(session -> rows.put(session.id(), session));
            events.putAll(reads.events(tx, asked));
            return rows;
        });
        Map<EventTail, SessionDetail> found = new HashMap<>();
        for (EventTail one : asked) {
            Session row = rows.get(one.sessionId());
            Stamp stamp = stamps.get(one.sessionId());
            if (row != null && stamp != null) {
                Accrual accrual = accruals.getOrDefault(row.id(), Accrual.NONE);
                SessionJson shown = SessionJson.of(
                        row, mounts.getOrDefault(row.id(), List.of()), events.getOrDefault(one, List.of()));
                SessionDetail detail = new SessionDetail(row, shown, accrual);
                found.put(one, detail);
                // By the older stamp: what changed since it was read makes the next look read again.
                keep(one, new Kept(stamp, detail, now));
            }
        }
        return found;
    }

    private void keep(EventTail asked, Kept detail) {
        synchronized (kept) {
            kept.put(asked, detail);
        }
    }

    private static Set<UUID> ids(Set<EventTail> asked) {
        return asked.stream().map(EventTail::sessionId).collect(Collectors.toSet());
    }

    /** @param readAt by {@link System#nanoTime} */
    private record Kept(Stamp stamp, SessionDetail detail, long readAt) {}
}
