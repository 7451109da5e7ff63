package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The one query of each request: whether what the bearer stands for still counts. */
final class BearerStore {
    /** Empty where the key was deleted or the user disabled. */
    Optional<Caller> bySshKey(Transaction tx, UUID userId, UUID sshKeyId) {
        return tx.handle()
                .createQuery("""
                        SELECT u.email, u.username, u.operator, k.fingerprint
                        FROM ssh_key k JOIN app_user u ON u.id = k.user_id
                        WHERE k.id = :keyId AND u.id = :userId AND u.enabled""")
                .bind("keyId", sshKeyId)
                .bind("userId", userId)
                .map((row, _) -> new Caller(
                        userId,
                        row.getString("email"),
                        row.getString("username"),
                        sshKeyId,
                        row.getString("fingerprint"),
                        row.getBoolean("operator"),
                        Set.of(Scopes.ALL)))
                .findOne();
    }

    /** Empty where the key is unknown, revoked or expired, or its user disabled. */
    Optional<Caller> byApiKey(Transaction tx, byte[] secretHash, Instant now) {
        return tx.handle()
                .createQuery("""
                        SELECT u.id, u.email, u.username, u.operator, array_to_string(k.scopes, ' ') AS scopes
                        FROM api_key k JOIN app_user u ON u.id = k.user_id
                        WHERE k.secret_hash = :hash AND k.revoked_at IS NULL AND u.enabled
                          AND (k.expires_at IS NULL OR k.expires_at > :now)""")
                .bind("hash", secretHash)
                .bind("now", now)
                .map((row, _) -> new Caller(
                        row.getObject("id", UUID.class),
                        row.getString("email"),
                        row.getString("username"),
                        null,
                        null,
                        row.getBoolean("operator"),
                        Set.of(row.getString("scopes").split(" "))))
                .findOne();
    }
}
