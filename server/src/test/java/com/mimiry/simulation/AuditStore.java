package com.mimiry.simulation;

import com.mimiry.platform.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the rows say at the end of a run, read without the server's own code. */
final class AuditStore {
    private final Database database;

    AuditStore(Database database) {
        this.database = database;
    }

    record SessionRow(
            UUID id,
            String name,
            UUID organization,
            String state,
            String operation,
            @Nullable String endState,
            @Nullable String stopReason,
            @Nullable String error,
            @Nullable Integer exitCode,
            Instant createdAt,
            @Nullable Instant provisionedAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Instant terminatedAt,
            @Nullable Instant deleteRequestedAt) {}

    record AttemptRow(
            UUID id,
            UUID session,
            int ordinal,
            String status,
            String provider,
            long rateMicros,
            long costMicros,
            boolean launched,
            @Nullable Instant goneAt,
            long moneyOrder,
            @Nullable Instant moneyEnd,
            boolean moneyArmed) {}

    record EventRow(UUID session, Instant at, String type, String state, String message) {}

    record VolumeRow(
            UUID id,
            String name,
            UUID organization,
            String provider,
            String location,
            int sizeGb,
            String state,
            String operation,
            @Nullable String error,
            @Nullable UUID attachedTo,
            @Nullable Instant absentSince,
            @Nullable Instant deleteRequestedAt,
            Instant updatedAt,
            @Nullable Instant provisionedAt) {}

    record MeterRow(UUID resource, String state, long seconds, long charged, long cost, long held, long hourlyRate) {}

    record AccountRow(UUID organization, String kind, long balance) {}

    List<SessionRow> sessions(Collection<UUID> organizations) {
        return database.read(tx -> tx.handle()
                .createQuery("""
                        select id, name, org_id, state, operation, end_state, stop_reason, error, exit_code, created_at,
                            provisioned_at, started_at, ended_at, terminated_at, delete_requested_at
                        from session where org_id = any(:orgs) order by created_at, id limit 10000
                        """)
                .bindArray("orgs", UUID.class, organizations.toArray())
                .map((row, _) -> new SessionRow(
                        row.getObject("id", UUID.class),
                        row.getString("name"),
                        row.getObject("org_id", UUID.class),
                        row.getString("state"),
                        row.getString("operation"),
                        row.getString("end_state"),
                        row.getString("stop_reason"),
                        row.getString("error"),
                        row.getObject("exit_code", Integer.class),
                        instant(row, "created_at"),
                        optional(row, "provisioned_at"),
                        optional(row, "started_at"),
                        optional(row, "ended_at"),
                        optional(row, "terminated_at"),
                        optional(row, "delete_requested_at")))
                .list());
    }

    List<AttemptRow> attempts(Collection<UUID> organizations) {
        return database.read(tx -> tx.handle()
                .createQuery("""
                        select a.id, a.session_id, a.ordinal, a.status, a.provider, a.hourly_rate_micros, a.hourly_cost_micros,
                            a.launched_at is not null as launched, a.gone_at, a.money_order, a.money_end, a.money_armed
                        from placement_attempt a join session s on s.id = a.session_id
                        where s.org_id = any(:orgs) order by a.session_id, a.ordinal limit 100000
                        """)
                .bindArray("orgs", UUID.class, organizations.toArray())
                .map((row, _) -> new AttemptRow(
                        row.getObject("id", UUID.class),
                        row.getObject("session_id", UUID.class),
                        row.getInt("ordinal"),
                        row.getString("status"),
                        row.getString("provider"),
                        row.getLong("hourly_rate_micros"),
                        row.getLong("hourly_cost_micros"),
                        row.getBoolean("launched"),
                        optional(row, "gone_at"),
                        row.getLong("money_order"),
                        optional(row, "money_end"),
                        row.getBoolean("money_armed")))
                .list());
    }

    List<EventRow> events(Collection<UUID> organizations) {
        return database.read(tx -> tx.handle()
                .createQuery("""
                        select e.session_id, e.at, e.type, e.state, e.message
                        from session_event e join session s on s.id = e.session_id
                        where s.org_id = any(:orgs) order by e.session_id, e.seq limit 1000000
                        """)
                .bindArray("orgs", UUID.class, organizations.toArray())
                .map((row, _) -> new EventRow(
                        row.getObject("session_id", UUID.class),
                        instant(row, "at"),
                        row.getString("type"),
                        row.getString("state"),
                        row.getString("message")))
                .list());
    }

    List<VolumeRow> volumes(Collection<UUID> organizations) {
        return database.read(tx -> tx.handle()
                .createQuery("""
                        select id, name, org_id, provider, location, size_gb, state, operation, error, attached_to,
                            absent_since, delete_requested_at, updated_at, provisioned_at
                        from volume where org_id = any(:orgs) order by created_at, id limit 10000
                        """)
                .bindArray("orgs", UUID.class, organizations.toArray())
                .map((row, _) -> new VolumeRow(
                        row.getObject("id", UUID.class),
                        row.getString("name"),
                        row.getObject("org_id", UUID.class),
                        row.getString("provider"),
                        row.getString("location"),
                        row.getInt("size_gb"),
                        row.getString("state"),
                        row.getString("operation"),
                        row.getString("error"),
                        row.getObject("attached_to", UUID.class),
                        optional(row, "absent_since"),
                        optional(row, "delete_requested_at"),
                        instant(row, "updated_at"),
                        optional(row, "provisioned_at")))
                .list());
    }

    List<MeterRow> meters(Collection<UUID> organizations) {
        return database.read(tx -> tx.handle()
                .createQuery("""
                        select resource_id, state, metered_seconds, charged_micros, cost_micros, held_micros, hourly_rate_micros
                        from meter where organization_id = any(:orgs) limit 100000
                        """)
                .bindArray("orgs", UUID.class, organizations.toArray())
                .map((row, _) -> new MeterRow(
                        row.getObject("resource_id", UUID.class),
                        row.getString("state"),
                        row.getLong("metered_seconds"),
                        row.getLong("charged_micros"),
                        row.getLong("cost_micros"),
                        row.getLong("held_micros"),
                        row.getLong("hourly_rate_micros")))
                .list());
    }

    /** From the postings, not from the balances that the accounts show. */
    List<AccountRow> accounts(Collection<UUID> organizations) {
        return database.read(tx -> tx.handle()
                .createQuery("""
                        select a.organization_id, a.kind, coalesce(sum(p.amount_micros), 0)::bigint as balance
                        from account a left join posting p on p.account_id = a.id
                        where a.organization_id = any(:orgs) group by a.id limit 1000
                        """)
                .bindArray("orgs", UUID.class, organizations.toArray())
                .map((row, _) -> new AccountRow(
                        row.getObject("organization_id", UUID.class), row.getString("kind"), row.getLong("balance")))
                .list());
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant optional(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
