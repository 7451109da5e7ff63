package com.mimiry.volumes;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.VolumeProvider.Held;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Volumes' rows. Every change of what a decision was made on names the version that was read, and answers whether it still
 * held; only then may the rest of the transaction stand.
 */
final class VolumeStore {
    /** More volumes of one provider than a sweep can look at; as many are treated as cut off. */
    static final int LIVE_MAX = 100_000;

    private static final String COLUMNS = """
            id, version, org_id, user_id, name, provider, location, volume_type, place, monthly_cost_micros, reference,
            size_gb, wanted_gb, hourly_rate_micros, state, operation, error, attached_to, create_asked_at, destroy_asked_at, absent_since,
            delete_requested_at, created_at, updated_at, provisioned_at, deleted_at
            """;

    /** @return false where a live volume of the organization has the name */
    boolean insert(Transaction tx, Volume volume) {
        return tx.handle()
                        .createUpdate("""
                        insert into volume (id, org_id, user_id, name, provider, location, volume_type, place,
                            monthly_cost_micros, size_gb, wanted_gb, hourly_rate_micros, state, operation, created_at,
                            updated_at)
                        values (:id, :org, :user, :name, :provider, :location, :type, :place, :cost, :size, :size, :rate,
                            'submitted', 'provisioning', :now, :now)
                        on conflict (org_id, name) where state in ('submitted', 'provisioned')
                            and delete_requested_at is null do nothing
                        """)
                        .bind("id", volume.id())
                        .bind("org", volume.organizationId())
                        .bind("user", volume.userId())
                        .bind("name", volume.name())
                        .bind("provider", volume.home().provider())
                        .bind("location", volume.home().location())
                        .bind("type", volume.home().type())
                        .bind("place", volume.home().place())
                        .bind("cost", volume.home().monthlyCostPerGb().micros())
                        .bind("size", volume.sizeGb())
                        .bind("rate", volume.hourlyRate().micros())
                        .bind("now", time(volume.times().createdAt()))
                        .execute()
                == 1;
    }

    Optional<Volume> find(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery("select " + COLUMNS + " from volume where id = :id")
                .bind("id", id)
                .map((row, _) -> volume(row))
                .findOne();
    }

    /** The one that may be used under this name. */
    Optional<Volume> named(Transaction tx, UUID organizationId, String name) {
        return tx.handle()
                .createQuery("select " + COLUMNS + """
                         from volume where org_id = :org and name = :name
                            and state in ('submitted', 'provisioned') and delete_requested_at is null
                        """)
                .bind("org", organizationId)
                .bind("name", name)
                .map((row, _) -> volume(row))
                .findOne();
    }

    /** Newest first. */
    List<Volume> list(Transaction tx, VolumeFilter filter) {
        return tx.handle()
                .createQuery("select " + COLUMNS + " from volume " + VolumeFilter.CONDITIONS + """
                        order by created_at desc, id desc
                        limit :limit offset :offset
                        """)
                .bindMap(filter.bindings())
                .bind("limit", filter.limit())
                .bind("offset", filter.offset())
                .map((row, _) -> volume(row))
                .list();
    }

    long count(Transaction tx, VolumeFilter filter) {
        return tx.handle()
                .createQuery("select count(*) from volume " + VolumeFilter.CONDITIONS)
                .bindMap(filter.bindings())
                .mapTo(Long.class)
                .one();
    }

    /** All of a provider that are not deleted, at most {@link #LIVE_MAX}. */
    List<Volume> live(Transaction tx, String provider) {
        return tx.handle()
                .createQuery("select " + COLUMNS + """
                         from volume where provider = :provider and state <> 'deleted' order by id limit :max
                        """)
                .bind("provider", provider)
                .bind("max", LIVE_MAX)
                .map((row, _) -> volume(row))
                .list();
    }

    /** Volumes of an organization that somebody pays for, or may have to. */
    long countLive(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery(
                        "select count(*) from volume where org_id = :org and state in ('submitted', 'provisioned')")
                .bind("org", organizationId)
                .mapTo(Long.class)
                .one();
    }

    /** @param at null = it is known that nothing came of asking */
    boolean createAsked(Transaction tx, Volume volume, @Nullable Instant at) {
        return guarded(tx, volume, """
                update volume set version = version + 1, create_asked_at = :at where id = :id and version = :version
                """).bind("at", at == null ? null : time(at)).execute() == 1;
    }

    boolean provisioned(Transaction tx, Volume volume, Held held, Instant provisionedAt, Instant now) {
        return guarded(tx, volume, """
                update volume
                set version = version + 1, state = 'provisioned', operation = '', reference = :reference,
                    updated_at = :now, provisioned_at = :provisioned, absent_since = null
                where id = :id and version = :version
                """)
                        .bind("reference", held.reference())
                        .bind("provisioned", time(provisionedAt))
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    boolean failed(Transaction tx, Volume volume, String error, Instant now) {
        return guarded(tx, volume, """
                update volume
                set version = version + 1, state = 'failed', operation = '', error = :error, wanted_gb = size_gb,
                    updated_at = :now
                where id = :id and version = :version
                """)
                        .bind("error", error)
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    boolean growing(Transaction tx, Volume volume, int wantedGb) {
        return guarded(tx, volume, """
                update volume
                set version = version + 1, operation = 'resizing', wanted_gb = :wanted, error = null
                where id = :id and version = :version
                """).bind("wanted", wantedGb).execute() == 1;
    }

    /** It has its wanted size. */
    boolean grown(Transaction tx, Volume volume, Money hourlyRate) {
        return guarded(tx, volume, """
                update volume
                set version = version + 1, operation = '', size_gb = wanted_gb, hourly_rate_micros = :rate
                where id = :id and version = :version
                """).bind("rate", hourlyRate.micros()).execute() == 1;
    }

    /** It keeps its size. */
    boolean notGrown(Transaction tx, Volume volume, String error) {
        return guarded(tx, volume, """
                update volume
                set version = version + 1, operation = '', wanted_gb = size_gb, error = :error
                where id = :id and version = :version
                """).bind("error", error).execute() == 1;
    }

    boolean deleteRequested(Transaction tx, Volume volume, Instant now) {
        return guarded(tx, volume, """
                update volume
                set version = version + 1, delete_requested_at = :now, operation = 'deleting__detaching_volume'
                where id = :id and version = :version and attached_to is null and delete_requested_at is null
                """).bind("now", time(now)).execute() == 1;
    }

    boolean deleting(Transaction tx, Volume volume) {
        return guarded(tx, volume, """
                update volume set version = version + 1, operation = 'deleting__deleting_volume'
                where id = :id and version = :version
                """).execute() == 1;
    }

    boolean destroyAsked(Transaction tx, Volume volume, Instant now) {
        return guarded(tx, volume, """
                update volume set version = version + 1, destroy_asked_at = :now, absent_since = null
                where id = :id and version = :version
                """).bind("now", time(now)).execute() == 1;
    }

    boolean absentSince(Transaction tx, Volume volume, @Nullable Instant since) {
        return guarded(tx, volume, """
                update volume set version = version + 1, absent_since = :since where id = :id and version = :version
                """)
                        .bind("since", since == null ? null : time(since))
                        .execute()
                == 1;
    }

    boolean deleted(Transaction tx, Volume volume, Instant now) {
        return guarded(tx, volume, """
                update volume
                set version = version + 1, state = 'deleted', operation = '', updated_at = :now, deleted_at = :now
                where id = :id and version = :version
                """).bind("now", time(now)).execute() == 1;
    }

    /** Gives a volume to a session. @return false where it is not free, or not there */
    boolean attach(Transaction tx, UUID id, UUID sessionId) {
        return tx.handle()
                        .createUpdate("""
                        update volume set version = version + 1, attached_to = :session
                        where id = :id and state = 'provisioned' and attached_to is null and delete_requested_at is null
                        """)
                        .bind("id", id)
                        .bind("session", sessionId)
                        .execute()
                == 1;
    }

    void detach(Transaction tx, UUID sessionId) {
        tx.handle()
                .createUpdate(
                        "update volume set version = version + 1, attached_to = null where attached_to = :session")
                .bind("session", sessionId)
                .execute();
    }

    private static Update guarded(Transaction tx, Volume volume, String sql) {
        return tx.handle().createUpdate(sql).bind("id", volume.id()).bind("version", volume.version());
    }

    static Volume volume(ResultSet row) throws SQLException {
        return new Volume(
                row.getObject("id", UUID.class),
                row.getLong("version"),
                row.getObject("org_id", UUID.class),
                row.getObject("user_id", UUID.class),
                row.getString("name"),
                new Volume.Home(
                        row.getString("provider"),
                        row.getString("location"),
                        row.getString("volume_type"),
                        row.getString("place"),
                        new Money(row.getLong("monthly_cost_micros")),
                        row.getString("reference")),
                row.getInt("size_gb"),
                row.getInt("wanted_gb"),
                new Money(row.getLong("hourly_rate_micros")),
                VolumeState.of(row.getString("state")),
                VolumeOperation.of(row.getString("operation")),
                row.getString("error"),
                row.getObject("attached_to", UUID.class),
                new Volume.Asked(
                        optionalInstant(row, "create_asked_at"),
                        optionalInstant(row, "destroy_asked_at"),
                        optionalInstant(row, "absent_since")),
                new Volume.Times(
                        instant(row, "created_at"),
                        instant(row, "updated_at"),
                        optionalInstant(row, "provisioned_at"),
                        optionalInstant(row, "delete_requested_at"),
                        optionalInstant(row, "deleted_at")));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant optionalInstant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
