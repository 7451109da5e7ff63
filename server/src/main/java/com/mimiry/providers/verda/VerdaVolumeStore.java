package com.mimiry.providers.verda;

import com.mimiry.platform.Transaction;
import com.mimiry.providers.VolumeProvider.Request;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Volumes that were asked of Verda. Facts are only ever added, so that any order of writers gives the same row. */
final class VerdaVolumeStore {
    static final int OPEN_MAX = 100_000;

    private static final int PER_MACHINE_MAX = 1_000;
    private static final String COLUMNS =
            "tag, location, size_gb, created_at, sent_at, volume_id, destroy_asked_at, gone_at";

    /** Does nothing where the tag is known already. */
    void intend(Transaction tx, Request request, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into verda_volume (tag, location, size_gb, created_at) values (:tag, :location, :size, :now)
                        on conflict (tag) do nothing
                        """)
                .bind("tag", request.tag())
                .bind("location", request.location())
                .bind("size", request.sizeGb())
                .bind("now", time(now))
                .execute();
    }

    /**
     * The create goes out now.
     *
     * @param before an earlier one must have gone out before this, so long ago that its absence is proven
     * @return false where it must not: it is made, on its way, or over
     */
    boolean sending(Transaction tx, UUID tag, Instant now, Instant before) {
        return tx.handle()
                        .createUpdate("""
                                update verda_volume set sent_at = :now
                                where tag = :tag and volume_id is null and destroy_asked_at is null and gone_at is null
                                    and (sent_at is null or sent_at < :before)
                                """)
                        .bind("tag", tag)
                        .bind("now", time(now))
                        .bind("before", time(before))
                        .execute()
                == 1;
    }

    /** It is clear that nothing came of the create. */
    void refused(Transaction tx, UUID tag) {
        tx.handle()
                .createUpdate("update verda_volume set sent_at = null where tag = :tag and volume_id is null")
                .bind("tag", tag)
                .execute();
    }

    void made(Transaction tx, UUID tag, UUID volume) {
        tx.handle()
                .createUpdate("update verda_volume set volume_id = coalesce(volume_id, :volume) where tag = :tag")
                .bind("tag", tag)
                .bind("volume", volume)
                .execute();
    }

    void grown(Transaction tx, UUID tag, int sizeGb) {
        tx.handle()
                .createUpdate("update verda_volume set size_gb = greatest(size_gb, :size) where tag = :tag")
                .bind("tag", tag)
                .bind("size", sizeGb)
                .execute();
    }

    /** The machine is made with these volumes. */
    void give(Transaction tx, Collection<UUID> tags, UUID machine) {
        tx.handle()
                .createUpdate("update verda_volume set machine = :machine where tag = any(:tags)")
                .bind("machine", machine)
                .bindArray("tags", UUID.class, tags.toArray())
                .execute();
    }

    /** The volumes that were given to a machine, and to none after it. */
    List<UUID> of(Transaction tx, UUID machine) {
        return tx.handle()
                .createQuery("select tag from verda_volume where machine = :machine order by tag limit :max")
                .bind("machine", machine)
                .bind("max", PER_MACHINE_MAX)
                .mapTo(UUID.class)
                .list();
    }

    /** Its end is wanted: from now on it is never made. */
    void destroyAsked(Transaction tx, UUID tag, Instant now) {
        tx.handle().createUpdate("""
                        insert into verda_volume as volume (tag, created_at, destroy_asked_at) values (:tag, :now, :now)
                        on conflict (tag) do update
                            set destroy_asked_at = coalesce(volume.destroy_asked_at, excluded.destroy_asked_at)
                        """).bind("tag", tag).bind("now", time(now)).execute();
    }

    void gone(Transaction tx, UUID tag, Instant now) {
        tx.handle()
                .createUpdate("update verda_volume set gone_at = coalesce(gone_at, :now) where tag = :tag")
                .bind("tag", tag)
                .bind("now", time(now))
                .execute();
    }

    Optional<VerdaVolume> find(Transaction tx, UUID tag) {
        return tx.handle()
                .createQuery("select " + COLUMNS + " from verda_volume where tag = :tag")
                .bind("tag", tag)
                .map((rows, _) -> volume(rows))
                .findOne();
    }

    /** All that are not known to be gone, at most {@link #OPEN_MAX}. */
    List<VerdaVolume> open(Transaction tx) {
        return tx.handle()
                .createQuery("select " + COLUMNS + """
                         from verda_volume where gone_at is null order by created_at, tag limit :max
                        """)
                .bind("max", OPEN_MAX)
                .map((rows, _) -> volume(rows))
                .list();
    }

    private static VerdaVolume volume(ResultSet rows) throws SQLException {
        return new VerdaVolume(
                rows.getObject("tag", UUID.class),
                rows.getString("location"),
                rows.getInt("size_gb"),
                rows.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(rows, "sent_at"),
                rows.getObject("volume_id", UUID.class),
                instant(rows, "destroy_asked_at"),
                instant(rows, "gone_at"));
    }

    private static @Nullable Instant instant(ResultSet rows, String column) throws SQLException {
        OffsetDateTime at = rows.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
