package com.mimiry.providers;

import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import jakarta.inject.Singleton;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Who we are at a provider: a random id, made once per database, so that deployments which share an account or a host
 * never touch each other's machines.
 */
@Singleton
public final class DeploymentId {
    private final Database database;
    private final Ids ids;
    private final DeploymentStore store = new DeploymentStore();
    private final AtomicReference<UUID> known = new AtomicReference<>();

    public DeploymentId(Database database, Ids ids) {
        this.database = database;
        this.ids = ids;
    }

    /** The same for all replicas and for ever. */
    public UUID get() {
        UUID id = known.get();
        if (id == null) {
            // Two replicas may come here at once: the first row stays, and both read it.
            id = database.inTransaction(tx -> store.findOrInsert(tx, ids.next()));
            known.set(id);
        }
        return id;
    }
}
