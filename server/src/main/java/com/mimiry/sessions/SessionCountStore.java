package com.mimiry.sessions;

import com.mimiry.platform.Transaction;
import java.util.EnumMap;
import java.util.Map;

/** Counts for the metrics. */
final class SessionCountStore {
    /** Of those whose machine is not proven gone: the rest grows for ever and would be counted each time. */
    Map<SessionState, Long> liveByState(Transaction tx) {
        Map<SessionState, Long> counts = new EnumMap<>(SessionState.class);
        tx.handle()
                .createQuery("""
                        select state, count(*) as sessions from session where terminated_at is null group by state
                        """)
                .map((row, _) -> Map.entry(SessionState.of(row.getString("state")), row.getLong("sessions")))
                .forEach(count -> counts.put(count.getKey(), count.getValue()));
        return counts;
    }
}
