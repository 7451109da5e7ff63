package com.mimiry.providers;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The single rows that say who this deployment is. */
final class DeploymentStore {
    UUID findOrInsert(Transaction tx, UUID candidate) {
        tx.handle()
                .createUpdate("insert into deployment (id) values (:id) on conflict (only_one) do nothing")
                .bind("id", candidate)
                .execute();
        return tx.handle()
                .createQuery("select id from deployment")
                .mapTo(UUID.class)
                .one();
    }

    @SuppressWarnings("ArrayRecordComponent")
    record SealedKey(String publicLine, byte[] sealed) {}

    Optional<SealedKey> sshKey(Transaction tx) {
        return tx.handle()
                .createQuery("select public_key, sealed_private_key from ssh_client_key")
                .map((row, _) -> new SealedKey(row.getString("public_key"), row.getBytes("sealed_private_key")))
                .findOne();
    }

    void insertSshKey(Transaction tx, String publicLine, byte[] sealed, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into ssh_client_key (public_key, sealed_private_key, created_at)
                        values (:public, :sealed, :now) on conflict (only_one) do nothing
                        """)
                .bind("public", publicLine)
                .bind("sealed", sealed)
                .bind("now", now)
                .execute();
    }
}
