package com.mimiry.sshproxy;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.List;

/** The front door's host keys, one of each kind for the whole deployment. */
final class SshHostKeyStore {
    private static final int KINDS_MAX = 10;

    /** @param sealed the private key, encrypted */
    record HostKeyRow(String kind, byte[] sealed) {}

    List<HostKeyRow> all(Transaction tx) {
        return tx.handle()
                .createQuery("""
                        SELECT kind, sealed_private_key
                        FROM ssh_host_keys
                        ORDER BY kind
                        LIMIT :limit
                        """)
                .bind("limit", KINDS_MAX)
                .map((row, _) -> new HostKeyRow(row.getString("kind"), row.getBytes("sealed_private_key")))
                .list();
    }

    /** Keeps the key unless there is one of its kind; who comes second uses the first one's. */
    void insertIfAbsent(Transaction tx, HostKeyRow key, Instant now) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO ssh_host_keys (kind, sealed_private_key, created_at)
                        VALUES (:kind, :sealed, :now)
                        ON CONFLICT (kind) DO NOTHING
                        """)
                .bind("kind", key.kind())
                .bind("sealed", key.sealed())
                .bind("now", now)
                .execute();
    }
}
