package com.mimiry.providers;

import com.mimiry.platform.Transaction;
import java.time.Duration;
import java.util.OptionalDouble;

/** When an account may be asked for something again, by the database's clock, which all replicas share. */
final class ProviderPaceStore {
    /** Takes the next turn. @return seconds until it comes; empty, and nothing taken, where that is beyond patience */
    OptionalDouble take(Transaction tx, String account, String kind, Duration gap, Duration patience) {
        return tx.handle()
                .createQuery("""
                        insert into provider_pace as pace (account, kind, next_at)
                        values (:account, :kind, clock_timestamp() + :gap * interval '1 second')
                        on conflict (account, kind) do update
                            set next_at = greatest(pace.next_at, clock_timestamp()) + :gap * interval '1 second'
                            where pace.next_at <= clock_timestamp() + :patience * interval '1 second'
                        returning greatest(0, extract(epoch from next_at - clock_timestamp()) - :gap) as wait_s
                        """)
                .bind("account", account)
                .bind("kind", kind)
                .bind("gap", seconds(gap))
                .bind("patience", seconds(patience))
                .mapTo(Double.class)
                .findOne()
                .map(OptionalDouble::of)
                .orElseGet(OptionalDouble::empty);
    }

    /** @return seconds until the next turn, without taking it */
    double waiting(Transaction tx, String account, String kind) {
        return tx.handle()
                .createQuery("""
                        select greatest(0, extract(epoch from next_at - clock_timestamp())) from provider_pace
                        where account = :account and kind = :kind
                        """)
                .bind("account", account)
                .bind("kind", kind)
                .mapTo(Double.class)
                .findOne()
                .orElse(0.0);
    }

    void hold(Transaction tx, String account, String kind, Duration pause) {
        tx.handle()
                .createUpdate("""
                        insert into provider_pace as pace (account, kind, next_at)
                        values (:account, :kind, clock_timestamp() + :pause * interval '1 second')
                        on conflict (account, kind) do update
                            set next_at = greatest(pace.next_at, excluded.next_at)
                        """)
                .bind("account", account)
                .bind("kind", kind)
                .bind("pause", seconds(pause))
                .execute();
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
