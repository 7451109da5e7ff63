package com.mimiry.api;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** All SQL of idempotency keys. */
final class IdempotencyStore {
    private static final int FORGET_ROWS_MAX = 100;

    record Claimed(String bodyHash, UUID resourceId) {}

    /**
     * Claims the key, or waits for the transaction that holds it and reads what that left.
     *
     * @return who holds the key now: this call's own values where the key was free
     */
    Claimed claim(
            Transaction tx,
            UUID userId,
            String path,
            String key,
            String bodyHash,
            UUID resourceId,
            Instant now,
            Instant forgotten) {
        int rows = tx.handle()
                .createUpdate("""
                        INSERT INTO idempotency_key (user_id, path, key, body_hash, resource_id, created_at)
                        VALUES (:userId, :path, :key, :bodyHash, :resourceId, :now)
                        ON CONFLICT (user_id, path, key) DO UPDATE
                        SET body_hash = excluded.body_hash, resource_id = excluded.resource_id,
                            created_at = excluded.created_at
                        WHERE idempotency_key.created_at < :forgotten""")
                .bind("userId", userId)
                .bind("path", path)
                .bind("key", key)
                .bind("bodyHash", bodyHash)
                .bind("resourceId", resourceId)
                .bind("now", now)
                .bind("forgotten", forgotten)
                .execute();
        return rows == 1 ? new Claimed(bodyHash, resourceId) : held(tx, userId, path, key);
    }

    /** Who holds a key since {@code forgotten} or later. */
    Optional<Claimed> find(Transaction tx, UUID userId, String path, String key, Instant forgotten) {
        return tx.handle()
                .createQuery("""
                        SELECT body_hash, resource_id FROM idempotency_key
                        WHERE user_id = :userId AND path = :path AND key = :key AND created_at >= :forgotten""")
                .bind("userId", userId)
                .bind("path", path)
                .bind("key", key)
                .bind("forgotten", forgotten)
                .map((row, _) -> new Claimed(row.getString("body_hash"), row.getObject("resource_id", UUID.class)))
                .findOne();
    }

    private static Claimed held(Transaction tx, UUID userId, String path, String key) {
        return tx.handle()
                .createQuery("""
                        SELECT body_hash, resource_id FROM idempotency_key
                        WHERE user_id = :userId AND path = :path AND key = :key""")
                .bind("userId", userId)
                .bind("path", path)
                .bind("key", key)
                .map((row, _) -> new Claimed(row.getString("body_hash"), row.getObject("resource_id", UUID.class)))
                .one();
    }

    /** Drops some keys that no longer count. */
    void forget(Transaction tx, Instant createdBefore) {
        tx.handle()
                .createUpdate("""
                        DELETE FROM idempotency_key WHERE ctid IN (
                            SELECT ctid FROM idempotency_key WHERE created_at < :before
                            ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED)""")
                .bind("before", createdBefore)
                .bind("limit", FORGET_ROWS_MAX)
                .execute();
    }
}
