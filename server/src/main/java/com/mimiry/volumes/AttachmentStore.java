package com.mimiry.volumes;

import static com.mimiry.volumes.VolumeStore.time;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Which session has, or had, which volume at which path. */
final class AttachmentStore {
    /** @param name as the volume is called */
    record Attachment(
            UUID sessionId, UUID volumeId, String name, String provider, String reference, String mountPath) {}

    void insert(Transaction tx, UUID sessionId, UUID volumeId, int ordinal, String mountPath, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into volume_attachment (session_id, volume_id, ordinal, mount_path, attached_at)
                        values (:session, :volume, :ordinal, :path, :now)
                        """)
                .bind("session", sessionId)
                .bind("volume", volumeId)
                .bind("ordinal", ordinal)
                .bind("path", mountPath)
                .bind("now", time(now))
                .execute();
    }

    void end(Transaction tx, UUID sessionId, Instant now) {
        tx.handle()
                .createUpdate("""
                        update volume_attachment set detached_at = :now where session_id = :session and detached_at is null
                        """)
                .bind("session", sessionId)
                .bind("now", time(now))
                .execute();
    }

    /** Also those that have ended; of each session in the order in which they were asked for. */
    List<Attachment> of(Transaction tx, Collection<UUID> sessionIds) {
        return tx.handle()
                .createQuery("""
                        select a.session_id, a.volume_id, v.name, v.provider, v.reference, a.mount_path
                        from volume_attachment a join volume v on v.id = a.volume_id
                        where a.session_id = any(:sessions)
                        order by a.session_id, a.ordinal limit 10000
                        """)
                .bindArray("sessions", UUID.class, sessionIds.toArray())
                .map((row, _) -> new Attachment(
                        row.getObject("session_id", UUID.class),
                        row.getObject("volume_id", UUID.class),
                        row.getString("name"),
                        row.getString("provider"),
                        row.getString("reference"),
                        row.getString("mount_path")))
                .list();
    }
}
