package com.mimiry.sessions;

import com.mimiry.platform.Transaction;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** What came, or may be about to come, to an engine with somebody's registry credentials. */
final class ImageRightsStore {
    private static final int PULLS_MAX = 10_000;

    /**
     * @param there the ids of all images that the engine had before
     * @param over whether nobody is left who could still be pulling
     */
    record OpenPull(UUID attemptId, String engine, String image, Set<String> there, boolean over) {}

    /** One that has been opened before keeps what was known then. */
    void open(Transaction tx, OpenPull pull) {
        tx.handle()
                .createUpdate("""
                        insert into credentialed_pull (attempt_id, engine, image, there)
                        values (:attempt, :engine, :image, :there)
                        on conflict (attempt_id) do nothing
                        """)
                .bind("attempt", pull.attemptId())
                .bind("engine", pull.engine())
                .bind("image", pull.image())
                .bindArray("there", String.class, pull.there())
                .execute();
    }

    List<OpenPull> openPulls(Transaction tx, String engine) {
        return tx.handle()
                .createQuery("""
                        select p.attempt_id, p.engine, p.image, p.there,
                            a.status not in ('intended', 'unknown', 'launched') as over
                        from credentialed_pull p join placement_attempt a on a.id = p.attempt_id
                        where p.engine = :engine limit :max
                        """)
                .bind("engine", engine)
                .bind("max", PULLS_MAX)
                .map((row, _) -> new OpenPull(
                        row.getObject("attempt_id", UUID.class),
                        row.getString("engine"),
                        row.getString("image"),
                        Set.of((String[]) row.getArray("there").getArray()),
                        row.getBoolean("over")))
                .list();
    }

    void close(Transaction tx, UUID attemptId) {
        tx.handle()
                .createUpdate("delete from credentialed_pull where attempt_id = :attempt")
                .bind("attempt", attemptId)
                .execute();
    }

    void guard(Transaction tx, String engine, String imageId) {
        tx.handle()
                .createUpdate("""
                        insert into credentialed_image (engine, image_id) values (:engine, :image)
                        on conflict do nothing
                        """)
                .bind("engine", engine)
                .bind("image", imageId)
                .execute();
    }

    boolean isGuarded(Transaction tx, String engine, String imageId) {
        return tx.handle()
                .createQuery("""
                        select exists (
                            select from credentialed_image where engine = :engine and image_id = :image
                        )
                        """)
                .bind("engine", engine)
                .bind("image", imageId)
                .mapTo(Boolean.class)
                .one();
    }
}
