package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All SQL of API keys. */
final class ApiKeyStore {
    static final int KEYS_PER_USER_MAX = 100;

    /**
     * @param prefix the first characters of the secret, by which its owner knows it again
     * @param expiresAt null = never
     */
    record ApiKey(
            UUID id,
            UUID userId,
            String title,
            String prefix,
            Set<String> scopes,
            Instant createdAt,
            @Nullable Instant expiresAt) {}

    void insert(Transaction tx, ApiKey key, byte[] secretHash) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO api_key (id, user_id, title, prefix, secret_hash, scopes, created_at, expires_at)
                        VALUES (:id, :userId, :title, :prefix, :secretHash, string_to_array(:scopes, ' '),
                                :createdAt, :expiresAt)""")
                .bind("id", key.id())
                .bind("userId", key.userId())
                .bind("title", key.title())
                .bind("prefix", key.prefix())
                .bind("secretHash", secretHash)
                .bind("scopes", String.join(" ", key.scopes()))
                .bind("createdAt", key.createdAt())
                .bindByType("expiresAt", key.expiresAt(), Instant.class)
                .execute();
    }

    /** Those not revoked, expired ones included. */
    List<ApiKey> ofUser(Transaction tx, UUID userId) {
        return tx.handle()
                .createQuery("""
                        SELECT id, user_id, title, prefix, array_to_string(scopes, ' ') AS scopes, created_at, expires_at
                        FROM api_key WHERE user_id = :userId AND revoked_at IS NULL
                        ORDER BY created_at, id LIMIT :limit""")
                .bind("userId", userId)
                .bind("limit", KEYS_PER_USER_MAX)
                .map((row, _) -> key(row))
                .list();
    }

    Optional<ApiKey> byId(Transaction tx, UUID userId, UUID id) {
        return tx.handle()
                .createQuery("""
                        SELECT id, user_id, title, prefix, array_to_string(scopes, ' ') AS scopes, created_at, expires_at
                        FROM api_key WHERE id = :id AND user_id = :userId AND revoked_at IS NULL""")
                .bind("id", id)
                .bind("userId", userId)
                .map((row, _) -> key(row))
                .findOne();
    }

    void revoke(Transaction tx, UUID id, Instant now) {
        tx.handle()
                .createUpdate("UPDATE api_key SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")
                .bind("id", id)
                .bind("now", now)
                .execute();
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        OffsetDateTime expiresAt = row.getObject("expires_at", OffsetDateTime.class);
        return new ApiKey(
                row.getObject("id", UUID.class),
                row.getObject("user_id", UUID.class),
                row.getString("title"),
                row.getString("prefix"),
                Set.of(row.getString("scopes").split(" ")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                expiresAt == null ? null : expiresAt.toInstant());
    }
}
