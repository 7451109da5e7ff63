package com.mimiry.catalog;

import com.mimiry.platform.Transaction;
import com.mimiry.providers.Offer;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All SQL of cool-downs. */
final class CooldownStore {
    private static final int ROWS_MAX = 10_000;
    private static final int SWEPT_MAX = 1_000;

    /** What cools down: an offer, or with nulls all that its provider has. */
    record Cooled(
            String provider,
            @Nullable String location,
            @Nullable String reference,
            @Nullable Integer gpuCount) {
        static Cooled of(Offer offer) {
            return new Cooled(offer.provider(), offer.location(), offer.reference(), offer.gpuCount());
        }

        static Cooled all(String provider) {
            return new Cooled(provider, null, null, null);
        }
    }

    /** Of two that overlap, whoever writes last, the later begin and the later end hold. */
    void begin(Transaction tx, Cooled cooled, Instant begun, Instant end) {
        tx.handle()
                .createUpdate("""
                        insert into cooldown (provider, location, reference, gpu_count, begun_at, ends_at)
                        values (:provider, :location, :reference, :gpus, :begun, :end)
                        on conflict (provider, location, reference, gpu_count) do update
                        set begun_at = greatest(cooldown.begun_at, excluded.begun_at),
                            ends_at = greatest(cooldown.ends_at, excluded.ends_at)
                        """)
                .bind("provider", cooled.provider())
                .bind("location", cooled.location())
                .bind("reference", cooled.reference())
                .bind("gpus", cooled.gpuCount())
                .bind("begun", utc(begun))
                .bind("end", utc(end))
                .execute();
    }

    /** Passes over rows that another transaction has, so that nobody ever waits for a sweep. */
    void sweep(Transaction tx, Instant now) {
        tx.handle()
                .createUpdate("""
                        delete from cooldown where ctid = any(array(
                            select ctid from cooldown where ends_at <= :now limit :max for update skip locked))
                        """)
                .bind("now", utc(now))
                .bind("max", SWEPT_MAX)
                .execute();
    }

    /** @return when each began of those that are not over */
    Map<Cooled, Instant> cooling(Transaction tx, Instant now) {
        return tx
                .handle()
                .createQuery("""
                        select provider, location, reference, gpu_count, begun_at from cooldown
                        where ends_at > :now order by ends_at desc limit :max
                        """)
                .bind("now", utc(now))
                .bind("max", ROWS_MAX)
                .map((row, _) -> Map.entry(
                        new Cooled(
                                row.getString("provider"),
                                row.getString("location"),
                                row.getString("reference"),
                                row.getObject("gpu_count", Integer.class)),
                        row.getObject("begun_at", OffsetDateTime.class).toInstant()))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
