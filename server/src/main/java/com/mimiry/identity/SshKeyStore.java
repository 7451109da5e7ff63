package com.mimiry.identity;

import com.mimiry.identity.SshKeys.PublicKey;
import com.mimiry.identity.SshKeys.SshKey;
import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** All SQL of registered SSH keys. */
final class SshKeyStore {
    static final int KEYS_PER_USER_MAX = 100;

    record Registered(SshKey key, Instant createdAt) {}

    /** @return false where the key is registered already, by whomever */
    boolean insert(Transaction tx, SshKey key, Instant now) {
        return tx.handle()
                        .createUpdate("""
                                INSERT INTO ssh_key (id, user_id, title, type, line, fingerprint, created_at)
                                VALUES (:id, :userId, :title, :type, :line, :fingerprint, :now)
                                ON CONFLICT (fingerprint) DO NOTHING""")
                        .bind("id", key.id())
                        .bind("userId", key.userId())
                        .bind("title", key.title())
                        .bind("type", key.key().type())
                        .bind("line", key.key().line())
                        .bind("fingerprint", key.key().fingerprint())
                        .bind("now", now)
                        .execute()
                == 1;
    }

    boolean delete(Transaction tx, UUID userId, UUID keyId) {
        return tx.handle()
                        .createUpdate("DELETE FROM ssh_key WHERE id = :id AND user_id = :userId")
                        .bind("id", keyId)
                        .bind("userId", userId)
                        .execute()
                == 1;
    }

    Optional<SshKey> byId(Transaction tx, UUID userId, UUID keyId) {
        return tx.handle()
                .createQuery("""
                        SELECT id, user_id, title, type, line, fingerprint, created_at FROM ssh_key
                        WHERE id = :id AND user_id = :userId""")
                .bind("id", keyId)
                .bind("userId", userId)
                .map((row, _) -> key(row).key())
                .findOne();
    }

    Optional<SshKey> byFingerprint(Transaction tx, String fingerprint) {
        return tx.handle()
                .createQuery("""
                        SELECT k.id, k.user_id, k.title, k.type, k.line, k.fingerprint, k.created_at
                        FROM ssh_key k JOIN app_user u ON u.id = k.user_id
                        WHERE k.fingerprint = :fingerprint AND u.enabled""")
                .bind("fingerprint", fingerprint)
                .map((row, _) -> key(row).key())
                .findOne();
    }

    boolean enabled(Transaction tx, UUID userId) {
        return tx.handle()
                .createQuery("SELECT EXISTS (SELECT FROM app_user WHERE id = :user AND enabled)")
                .bind("user", userId)
                .mapTo(Boolean.class)
                .one();
    }

    /** By whomever, disabled users included. */
    boolean registered(Transaction tx, String fingerprint) {
        return tx.handle()
                .createQuery("SELECT EXISTS (SELECT FROM ssh_key WHERE fingerprint = :fingerprint)")
                .bind("fingerprint", fingerprint)
                .mapTo(Boolean.class)
                .one();
    }

    List<Registered> ofUser(Transaction tx, UUID userId) {
        return tx.handle()
                .createQuery("""
                        SELECT id, user_id, title, type, line, fingerprint, created_at FROM ssh_key
                        WHERE user_id = :userId ORDER BY created_at, id LIMIT :limit""")
                .bind("userId", userId)
                .bind("limit", KEYS_PER_USER_MAX)
                .map((row, _) -> key(row))
                .list();
    }

    private static Registered key(ResultSet row) throws SQLException {
        PublicKey publicKey = new PublicKey(row.getString("type"), row.getString("line"), row.getString("fingerprint"));
        return new Registered(
                new SshKey(
                        row.getObject("id", UUID.class),
                        row.getObject("user_id", UUID.class),
                        row.getString("title"),
                        publicKey),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
