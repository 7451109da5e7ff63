package com.mimiry.providers.verda;

import com.mimiry.platform.Transaction;
import com.mimiry.providers.Provider.EndReason;
import com.mimiry.providers.Provider.Ended;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What was asked of Verda. Facts are only ever added, so that any order of writers gives the same row. */
final class VerdaMachineStore {
    static final int OPEN_MAX = 100_000;

    private static final String COLUMNS = """
            tag, spot, gpus, memory_bytes, host_public_key, created_at, script_id, sent_at, refused_at, instance_id, launched_at,
            os_volume_id, ip, ran_at, destroy_asked_at, gone_at, script_deleted_at,
            ended_why, ended_words
            """;

    /** What a launch intends. */
    @SuppressWarnings("ArrayRecordComponent")
    record Intent(
            UUID tag,
            UUID session,
            String location,
            String instanceType,
            boolean spot,
            int gpus,
            long memoryBytes,
            String hostPublicKey,
            byte[] sealedHostKey) {}

    /** @return false where the tag is known already */
    boolean intend(Transaction tx, Intent intent, Instant now) {
        return tx.handle()
                        .createUpdate("""
                                insert into verda_machine (tag, session_id, location, instance_type, spot, gpus,
                                    memory_bytes, host_public_key, sealed_host_key, created_at)
                                values (:tag, :session, :location, :type, :spot, :gpus, :memory, :key, :sealed, :now)
                                on conflict (tag) do nothing
                                """)
                        .bind("tag", intent.tag())
                        .bind("session", intent.session())
                        .bind("location", intent.location())
                        .bind("type", intent.instanceType())
                        .bind("spot", intent.spot())
                        .bind("gpus", intent.gpus())
                        .bind("memory", intent.memoryBytes())
                        .bind("key", intent.hostPublicKey())
                        .bind("sealed", intent.sealedHostKey())
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    void script(Transaction tx, UUID tag, UUID script) {
        tx.handle()
                .createUpdate("update verda_machine set script_id = :script where tag = :tag")
                .bind("tag", tag)
                .bind("script", script)
                .execute();
    }

    /** The create goes out now. @return false where it must not any more: its end was asked for, or it comes too late */
    boolean sending(Transaction tx, UUID tag, Instant now, Instant intendedAfter) {
        return tx.handle()
                        .createUpdate("""
                                update verda_machine set sent_at = :now
                                where tag = :tag and sent_at is null and refused_at is null
                                    and destroy_asked_at is null and created_at > :after
                                """)
                        .bind("tag", tag)
                        .bind("now", time(now))
                        .bind("after", time(intendedAfter))
                        .execute()
                == 1;
    }

    void refused(Transaction tx, UUID tag, Instant now) {
        tx.handle().createUpdate("""
                        update verda_machine set refused_at = :now where tag = :tag and instance_id is null
                            and refused_at is null
                        """).bind("tag", tag).bind("now", time(now)).execute();
    }

    /** Verda answered the create with this instance. */
    void launched(Transaction tx, UUID tag, UUID instance, Instant now) {
        tx.handle()
                .createUpdate("""
                        update verda_machine
                        set instance_id = coalesce(instance_id, :instance), launched_at = coalesce(launched_at, :now)
                        where tag = :tag
                        """)
                .bind("tag", tag)
                .bind("instance", instance)
                .bind("now", time(now))
                .execute();
    }

    /** What a listing shows of it; nothing that was known is forgotten. */
    void seen(
            Transaction tx,
            UUID tag,
            UUID instance,
            Instant launchedAt,
            @Nullable UUID osVolume,
            @Nullable String ip,
            @Nullable Instant ranAt) {
        tx.handle()
                .createUpdate("""
                        update verda_machine
                        set instance_id = coalesce(instance_id, :instance),
                            launched_at = coalesce(launched_at, :launched),
                            os_volume_id = coalesce(:volume, os_volume_id), ip = coalesce(:ip, ip),
                            ran_at = coalesce(ran_at, :ran), refused_at = null
                        where tag = :tag and gone_at is null
                        """)
                .bind("tag", tag)
                .bind("instance", instance)
                .bind("launched", time(launchedAt))
                .bind("volume", osVolume)
                .bind("ip", ip)
                .bind("ran", ranAt == null ? null : time(ranAt))
                .execute();
    }

    /** Its end is wanted: from now on it is never made. */
    void destroyAsked(Transaction tx, UUID tag, Instant now) {
        tx.handle().createUpdate("""
                        insert into verda_machine as machine (tag, created_at, destroy_asked_at) values (:tag, :now, :now)
                        on conflict (tag) do update
                            set destroy_asked_at = coalesce(machine.destroy_asked_at, excluded.destroy_asked_at)
                        """).bind("tag", tag).bind("now", time(now)).execute();
    }

    /** @param why where Verda ended it by itself; what was written first stays */
    void gone(Transaction tx, UUID tag, Instant now, @Nullable Ended why) {
        tx.handle()
                .createUpdate("""
                        update verda_machine
                        set gone_at = coalesce(gone_at, :now), sealed_host_key = null,
                            ended_why = coalesce(ended_why, :why),
                            ended_words = case when ended_why is null then :words else ended_words end
                        where tag = :tag
                        """)
                .bind("tag", tag)
                .bind("now", time(now))
                .bind("why", why == null ? null : why.reason().name().toLowerCase(Locale.ROOT))
                .bind("words", why == null ? null : why.sentence())
                .execute();
    }

    void scriptDeleted(Transaction tx, UUID tag, Instant now) {
        tx.handle()
                .createUpdate("update verda_machine set script_deleted_at = :now where tag = :tag")
                .bind("tag", tag)
                .bind("now", time(now))
                .execute();
    }

    Optional<VerdaMachine> find(Transaction tx, UUID tag) {
        return tx.handle()
                .createQuery("select " + COLUMNS + " from verda_machine where tag = :tag")
                .bind("tag", tag)
                .map((rows, _) -> machine(rows))
                .findOne();
    }

    /** All whose life is not over, at most {@link #OPEN_MAX}. */
    List<VerdaMachine> open(Transaction tx) {
        return tx.handle()
                .createQuery("select " + COLUMNS + """
                         from verda_machine where gone_at is null and refused_at is null
                        order by created_at, tag limit :max
                        """)
                .bind("max", OPEN_MAX)
                .map((rows, _) -> machine(rows))
                .list();
    }

    /** Forgets machines whose life was over, or never began, before this instant. */
    int forget(Transaction tx, Instant before) {
        return tx.handle().createUpdate("""
                        delete from verda_machine where tag in (
                            select tag from verda_machine
                            where (gone_at is not null or refused_at is not null) and created_at < :before
                                and coalesce(gone_at, refused_at) < :before
                            limit 1000)
                        """).bind("before", time(before)).execute();
    }

    private static VerdaMachine machine(ResultSet rows) throws SQLException {
        int gpus = rows.getInt("gpus");
        if (rows.wasNull()) {
            gpus = -1;
        }
        String why = rows.getString("ended_why");
        return new VerdaMachine(
                rows.getObject("tag", UUID.class),
                rows.getBoolean("spot"),
                gpus,
                rows.getLong("memory_bytes"),
                rows.getString("host_public_key"),
                rows.getObject("created_at", OffsetDateTime.class).toInstant(),
                rows.getObject("script_id", UUID.class),
                instant(rows, "sent_at"),
                instant(rows, "refused_at"),
                rows.getObject("instance_id", UUID.class),
                instant(rows, "launched_at"),
                rows.getObject("os_volume_id", UUID.class),
                rows.getString("ip"),
                instant(rows, "ran_at"),
                instant(rows, "destroy_asked_at"),
                instant(rows, "gone_at"),
                instant(rows, "script_deleted_at"),
                why == null
                        ? null
                        : new Ended(EndReason.valueOf(why.toUpperCase(Locale.ROOT)), rows.getString("ended_words")));
    }

    private static @Nullable Instant instant(ResultSet rows, String column) throws SQLException {
        OffsetDateTime at = rows.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
