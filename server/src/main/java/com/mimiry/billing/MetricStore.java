package com.mimiry.billing;

import com.mimiry.platform.Transaction;
import java.time.Instant;

/** Figures for the metrics; from accounts and open meters alone, never from the ledger's history. */
final class MetricStore {
    /** @param late a running meter is behind if it was charged up to no later than this */
    Figures figures(Transaction tx, Instant late) {
        return tx.handle()
                .createQuery("""
                        select money.*, meters.* from (
                            select coalesce(sum(balance_micros), 0)::float8 as everything,
                                coalesce(sum(balance_micros) filter (where kind in ('cash', 'reserved')), 0)::float8 as balance,
                                coalesce(sum(balance_micros) filter (where kind = 'reserved'), 0)::float8 as reserved,
                                count(*) filter (where kind = 'cash' and balance_micros < 0) as overdrawn
                            from account) money,
                            (select count(*) filter (where state = 'reserved') as waiting,
                                count(*) filter (where state = 'running') as running,
                                count(*) filter (where state = 'running'
                                    and started_at + metered_seconds * interval '1 second' <= :late) as behind
                            from meter where state <> 'closed') meters
                        """)
                .bind("late", LedgerStore.utc(late))
                .map((row, _) -> new Figures(
                        row.getDouble("everything"),
                        row.getDouble("balance"),
                        row.getDouble("reserved"),
                        row.getLong("overdrawn"),
                        row.getLong("waiting"),
                        row.getLong("running"),
                        row.getLong("behind")))
                .one();
    }

    /** Sums in micro-euro, for showing only; the rest are counts. */
    record Figures(
            double everything,
            double balance,
            double reserved,
            long overdrawn,
            long waiting,
            long running,
            long behind) {}
}
