package com.mimiry.sshproxy;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;

/** The front door's host keys, one of each kind for the whole deployment. */
final class SshHostKeyStore {
    private static final int KINDS_MAX = 10;

    /** The encrypted private keys by kind. */
    Map<String, byte[]> all(Transaction tx) {
        return tx.handle()
                .createQuery("""
                        SELECT kind, sealed_private_key
                        FROM ssh_host_keys
                        ORDER BY kind
                        LIMIT :limit
                        """)
                .bind("limit", KINDS_MAX)
                .map((row, _) -> Map.entry(row.getString("kind"), row.getBytes("sealed_private_key")))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Keeps the key unless there is one of its kind; who comes second uses the first one's. */
    void insertIfAbsent(Transaction tx, String kind, byte[] sealed, Instant now) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO ssh_host_keys (kind, sealed_private_key, created_at)
                        VALUES (:kind, :sealed, :now)
                        ON CONFLICT (kind) DO NOTHING
                        """)
                .bind("kind", kind)
                .bind("sealed", sealed)
                .bind("now", now)
                .execute();
    }
}
