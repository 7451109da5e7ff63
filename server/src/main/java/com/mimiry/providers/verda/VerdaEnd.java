package com.mimiry.providers.verda;

import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Asks for ends. Verda refuses some, such as that of an instance which it is still setting up; then one asks again. */
final class VerdaEnd {
    private static final Logger LOG = Logger.getLogger(VerdaEnd.class);

    private final VerdaApi api;
    private final VerdaListing listing;
    private final VerdaVolumes volumes;
    private final int sshPort;
    private final Database database;
    private final Clock clock;
    private final VerdaMachineStore store = new VerdaMachineStore();

    VerdaEnd(VerdaApi api, VerdaListing listing, VerdaVolumes volumes, int sshPort, Database database, Clock clock) {
        this.api = api;
        this.listing = listing;
        this.volumes = volumes;
        this.sshPort = sshPort;
        this.database = database;
        this.clock = clock;
    }

    void destroy(UUID tag) {
        Optional<VerdaMachine> before = database.read(tx -> store.find(tx, tag));
        if (before.isPresent()
                && before.get().destroyAskedAt() == null
                && before.get().ranAt() != null) {
            volumes.flush(tag, VerdaLogins.address(tag, sshPort));
        }
        database.useTransaction(tx -> store.destroyAsked(tx, tag, clock.instant()));
        VerdaMachine row = database.read(tx -> store.find(tx, tag)).orElseThrow();
        Set<UUID> instances = new LinkedHashSet<>();
        if (row.instanceId() == null) {
            for (VerdaInstance instance : listing.now()) {
                if (tag.equals(instance.machine())) {
                    instances.add(instance.id());
                }
            }
        } else {
            instances.add(row.instanceId());
        }
        for (UUID id : instances) {
            delete(id, row.osVolumeId());
        }
        if (row.scriptId() != null && row.scriptDeletedAt() == null) {
            deleteScript(tag, row.scriptId());
        }
    }

    /** @param osVolume the instance's own disk; null where it has to be asked for */
    void delete(UUID id, @Nullable UUID osVolume) {
        List<UUID> volumes = new ArrayList<>();
        if (osVolume == null) {
            Optional<VerdaInstance> instance = api.instance(id);
            if (instance.isEmpty() || instance.get().status() == VerdaStatus.DISCONTINUED) {
                return;
            }
            if (instance.get().osVolume() != null) {
                volumes.add(instance.get().osVolume());
            }
        } else {
            volumes.add(osVolume);
        }
        switch (api.deleteInstance(id, volumes)) {
            case ASKED -> LOG.infof("verda was asked to delete instance %s", id);
            case GONE_ALREADY -> LOG.infof("verda has no instance %s any more", id);
            case NOT_NOW -> LOG.infof("the delete of instance %s will be asked for again", id);
        }
    }

    private void deleteScript(UUID tag, UUID script) {
        try {
            api.deleteScript(script);
            database.useTransaction(tx -> store.scriptDeleted(tx, tag, clock.instant()));
        } catch (ProviderFailure e) {
            LOG.infof("verda keeps startup script %s for now: %s", script, e.getMessage());
        }
    }
}
