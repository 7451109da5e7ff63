package com.mimiry.providers;

import com.mimiry.platform.Transaction;
import java.util.UUID;

/** The single row that names this deployment. */
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
}
