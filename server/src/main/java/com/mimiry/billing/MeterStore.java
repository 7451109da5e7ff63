package com.mimiry.billing;

import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Meters and the use of each day. */
final class MeterStore {
    private static final int OPEN_METERS_MAX = 100_000;

    Optional<MeterReading> find(Transaction tx, UUID resourceId) {
        return tx.handle()
                .createQuery("""
                        select resource_id, kind, organization_id, user_id, provider, gpu_family, gpu_count, volume_gb,
                            max_cost_micros, description, state, hourly_rate_micros, hourly_cost_micros, started_at,
                            rated_seconds, rated_price, rated_cost, metered_seconds, charged_micros, cost_micros,
                            held_micros, moves
                        from meter where resource_id = :resource
                        """)
                .bind("resource", resourceId)
                .map((row, _) -> reading(row))
                .findOne();
    }

    List<MeterReading> findAll(Transaction tx, Collection<UUID> resourceIds) {
        return tx.handle()
                .createQuery("""
                        select resource_id, kind, organization_id, user_id, provider, gpu_family, gpu_count, volume_gb,
                            max_cost_micros, description, state, hourly_rate_micros, hourly_cost_micros, started_at,
                            rated_seconds, rated_price, rated_cost, metered_seconds, charged_micros, cost_micros,
                            held_micros, moves
                        from meter where resource_id = any(:resources)
                        """)
                .bindArray("resources", UUID.class, resourceIds.toArray())
                .map((row, _) -> reading(row))
                .list();
    }

    /** Everything of an organization that is not closed. */
    List<MeterReading> open(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("""
                        select resource_id, kind, organization_id, user_id, provider, gpu_family, gpu_count, volume_gb,
                            max_cost_micros, description, state, hourly_rate_micros, hourly_cost_micros, started_at,
                            rated_seconds, rated_price, rated_cost, metered_seconds, charged_micros, cost_micros,
                            held_micros, moves
                        from meter where organization_id = :organization and state <> 'closed'
                        order by opened_at, resource_id limit :max
                        """)
                .bind("organization", organizationId)
                .bind("max", OPEN_METERS_MAX)
                .map((row, _) -> reading(row))
                .list();
    }

    void insert(Transaction tx, Meter meter, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into meter (resource_id, kind, organization_id, user_id, provider, gpu_family, gpu_count,
                            volume_gb, max_cost_micros, description, state, hourly_rate_micros, hourly_cost_micros, opened_at)
                        values (:resource, :kind, :organization, :user, :provider, :family, :gpus,
                            :gb, :maxCost, :description, 'reserved', :rate, :cost, :now)
                        """)
                .bind("resource", meter.resourceId())
                .bind("kind", meter.kind())
                .bind("organization", meter.organizationId())
                .bind("user", meter.userId())
                .bind("provider", meter.provider())
                .bind("family", meter.gpuFamily())
                .bind("gpus", meter.gpuCount())
                .bind("gb", meter.volumeGb())
                .bind(
                        "maxCost",
                        meter.maxCost() == null ? null : meter.maxCost().micros())
                .bind("description", meter.description())
                .bind("rate", meter.hourlyRate().micros())
                .bind("cost", meter.hourlyCost().micros())
                .bind("now", LedgerStore.utc(now))
                .execute();
    }

    /** Writes what can change; under the organization's lock, which the reading was taken under too. */
    void update(Transaction tx, MeterReading reading) {
        tx.handle()
                .createUpdate("""
                        update meter set state = :state, started_at = :started, description = :description, volume_gb = :gb,
                            provider = :provider, gpu_family = :family, gpu_count = :gpus,
                            hourly_rate_micros = :rate, hourly_cost_micros = :cost,
                            rated_seconds = :since, rated_price = :before, rated_cost = :costBefore,
                            metered_seconds = :metered, charged_micros = :charged, cost_micros = :costBooked,
                            held_micros = :held, moves = :moves
                        where resource_id = :resource
                        """)
                .bind("resource", reading.resourceId())
                .bind("state", reading.state().name().toLowerCase(Locale.ROOT))
                .bind("started", reading.startedAt() == null ? null : LedgerStore.utc(reading.startedAt()))
                .bind("description", reading.meter().description())
                .bind("gb", reading.meter().volumeGb())
                .bind("provider", reading.meter().provider())
                .bind("family", reading.meter().gpuFamily())
                .bind("gpus", reading.meter().gpuCount())
                .bind("rate", reading.price().hourly().micros())
                .bind("cost", reading.cost().hourly().micros())
                .bind("since", reading.price().since())
                .bind("before", reading.price().before())
                .bind("costBefore", reading.cost().before())
                .bind("metered", reading.meteredSeconds())
                .bind("charged", reading.charged().micros())
                .bind("costBooked", reading.costBooked().micros())
                .bind("held", reading.held().micros())
                .bind("moves", reading.moves())
                .execute();
    }

    void close(Transaction tx, UUID resourceId, Instant at) {
        tx.handle()
                .createUpdate("update meter set state = 'closed', closed_at = :at where resource_id = :resource")
                .bind("resource", resourceId)
                .bind("at", LedgerStore.utc(at))
                .execute();
    }

    /** Adds use to its day; a correction takes away. */
    void addUse(Transaction tx, Meter meter, LocalDate day, long seconds, Money charged, Money cost) {
        tx.handle()
                .createUpdate("""
                        insert into usage_day (organization_id, day, resource_id, user_id, resource_kind, gpu_family, gpu_count,
                            seconds, charged_micros, cost_micros)
                        values (:organization, :day, :resource, :user, :kind, :family, :gpus, :seconds, :charged, :cost)
                        on conflict (organization_id, day, resource_id) do update
                        set seconds = usage_day.seconds + excluded.seconds,
                            charged_micros = usage_day.charged_micros + excluded.charged_micros,
                            cost_micros = usage_day.cost_micros + excluded.cost_micros
                        """)
                .bind("organization", meter.organizationId())
                .bind("day", day)
                .bind("resource", meter.resourceId())
                .bind("user", meter.userId())
                .bind("kind", meter.kind())
                .bind("family", meter.gpuFamily())
                .bind("gpus", meter.gpuCount())
                .bind("seconds", seconds)
                .bind("charged", charged.micros())
                .bind("cost", cost.micros())
                .execute();
    }

    /**
     * What was charged for the use of these days, both included.
     *
     * @param userId null = everybody's
     */
    Money spent(Transaction tx, UUID organizationId, @Nullable UUID userId, LocalDate first, LocalDate last) {
        return tx.handle()
                .createQuery("""
                        select coalesce(sum(charged_micros), 0)::bigint from usage_day
                        where organization_id = :organization and (:user::uuid is null or user_id = :user::uuid)
                            and day between :first and :last
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .bind("first", first)
                .bind("last", last)
                .map((row, _) -> new Money(row.getLong(1)))
                .one();
    }

    private static MeterReading reading(ResultSet row) throws SQLException {
        Money rate = new Money(row.getLong("hourly_rate_micros"));
        Money cost = new Money(row.getLong("hourly_cost_micros"));
        long maxCost = row.getLong("max_cost_micros");
        Meter meter = new Meter(
                row.getObject("resource_id", UUID.class),
                row.getString("kind"),
                row.getObject("organization_id", UUID.class),
                row.getObject("user_id", UUID.class),
                rate,
                cost,
                row.getString("provider"),
                row.getString("gpu_family"),
                row.getInt("gpu_count"),
                maxCost == 0 ? null : new Money(maxCost),
                row.getString("description"),
                row.getInt("volume_gb"));
        long since = row.getLong("rated_seconds");
        return new MeterReading(
                meter,
                MeterReading.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                LedgerStore.time(row, "started_at"),
                new Tariff(since, row.getLong("rated_price"), rate),
                new Tariff(since, row.getLong("rated_cost"), cost),
                row.getLong("metered_seconds"),
                new Money(row.getLong("charged_micros")),
                new Money(row.getLong("cost_micros")),
                new Money(row.getLong("held_micros")),
                row.getLong("moves"));
    }
}
