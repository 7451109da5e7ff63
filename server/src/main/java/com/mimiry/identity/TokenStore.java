package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** All SQL of token keys and nonces. */
final class TokenStore {
    private static final int KEYS_MAX = 10;
    private static final int FORGET_ROWS_MAX = 200;

    /** @param secrets by key id, of every key that may have signed a live token */
    record Keys(UUID newest, Map<UUID, byte[]> secrets) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Row(UUID id, byte[] secret) {}

    /** Makes the first key; where replicas start at once, one of them does. */
    void ensureKey(Transaction tx, UUID id, byte[] secret, Instant now) {
        tx.handle().execute("LOCK TABLE jwt_key IN EXCLUSIVE MODE");
        tx.handle()
                .createUpdate("""
                        INSERT INTO jwt_key (id, secret, created_at)
                        SELECT :id, :secret, :now WHERE NOT EXISTS (SELECT FROM jwt_key)""")
                .bind("id", id)
                .bind("secret", secret)
                .bind("now", now)
                .execute();
    }

    Keys keys(Transaction tx) {
        var rows = tx.handle()
                .createQuery("SELECT id, secret FROM jwt_key ORDER BY created_at DESC, id LIMIT :limit")
                .bind("limit", KEYS_MAX)
                .map((row, _) -> new Row(row.getObject("id", UUID.class), row.getBytes("secret")))
                .list();
        return new Keys(
                rows.getFirst().id(), rows.stream().collect(Collectors.toUnmodifiableMap(Row::id, Row::secret)));
    }

    /** @return false where it was used before */
    boolean useNonce(Transaction tx, String fingerprint, String nonce, Instant keepUntil) {
        return tx.handle()
                        .createUpdate("""
                                INSERT INTO sign_in_nonce (fingerprint, nonce, keep_until)
                                VALUES (:fingerprint, :nonce, :keepUntil) ON CONFLICT DO NOTHING""")
                        .bind("fingerprint", fingerprint)
                        .bind("nonce", nonce)
                        .bind("keepUntil", keepUntil)
                        .execute()
                == 1;
    }

    /** Drops some nonces whose timestamps are refused by now. */
    int forgetNonces(Transaction tx, Instant now) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM sign_in_nonce WHERE ctid IN (
                            SELECT ctid FROM sign_in_nonce WHERE keep_until < :now
                            ORDER BY keep_until LIMIT :limit FOR UPDATE SKIP LOCKED)""")
                .bind("now", now)
                .bind("limit", FORGET_ROWS_MAX)
                .execute();
    }
}
