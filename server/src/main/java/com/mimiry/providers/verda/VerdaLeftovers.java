package com.mimiry.providers.verda;

import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.verda.VerdaApi.Script;
import com.mimiry.providers.verda.VerdaMachines.Seen;
import com.mimiry.providers.verda.VerdaMachines.Sight;
import com.mimiry.providers.verda.VerdaMachines.Spare;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Removes what machines leave behind at Verda: ends that were refused, second instances of one machine, startup scripts
 * (which hold a host key), disks, doubles of our SSH key. Touches nothing without a name or tag of this deployment.
 */
final class VerdaLeftovers {
    private static final Logger LOG = Logger.getLogger(VerdaLeftovers.class);
    /** After a machine was first seen running its script has long been read. */
    private static final Duration SCRIPT_NEEDED_FOR = Duration.ofMinutes(10);

    private static final Duration SPARE_AGE_MIN = Duration.ofMinutes(2);
    private static final Duration ENDED_KEPT_FOR = Duration.ofDays(30);

    private final VerdaApi api;
    private final VerdaNames names;
    private final VerdaMachines machines;
    private final VerdaEnd end;
    private final VerdaSshKey sshKey;
    private final VerdaVolumes volumes;
    private final Database database;
    private final Clock clock;
    private final VerdaMachineStore store = new VerdaMachineStore();

    VerdaLeftovers(
            VerdaApi api,
            VerdaNames names,
            VerdaMachines machines,
            VerdaEnd end,
            VerdaSshKey sshKey,
            VerdaVolumes volumes,
            Database database,
            Clock clock) {
        this.api = api;
        this.names = names;
        this.machines = machines;
        this.end = end;
        this.sshKey = sshKey;
        this.volumes = volumes;
        this.database = database;
        this.clock = clock;
    }

    void tidy() {
        instances();
        scripts();
        disks();
        volumes.tidy();
        int keys = sshKey.tidy();
        if (keys > 0) {
            LOG.infof("deleted %d doubles of our SSH key at verda", keys);
        }
        database.useTransaction(tx -> store.forget(tx, clock.instant().minus(ENDED_KEPT_FOR)));
    }

    private void instances() {
        Sight sight = machines.look();
        for (Seen seen : sight.there().values()) {
            VerdaMachine row = seen.row();
            if (row != null && row.destroyAskedAt() != null && seen.instance().status() != VerdaStatus.DELETING) {
                quietly("the end of machine " + seen.tag(), () -> end.destroy(seen.tag()));
            }
        }
        Instant bornBefore = clock.instant().minus(SPARE_AGE_MIN);
        for (Spare spare : sight.spares()) {
            Instant born = spare.instance().createdAt();
            if (born != null && born.isBefore(bornBefore) && spare.instance().status() != VerdaStatus.DELETING) {
                LOG.warnf(
                        "deleting verda's instance %s: machine %s is another one",
                        spare.instance().id(), spare.of());
                quietly(
                        "a second instance",
                        () -> end.delete(spare.instance().id(), spare.instance().osVolume()));
            }
        }
    }

    private void scripts() {
        Instant now = clock.instant();
        for (Script script : api.scripts()) {
            Optional<UUID> tag = names.machineOfScript(script.name());
            if (tag.isEmpty()) {
                continue;
            }
            // A row is made before its script, so a script without one is of a machine that was forgotten.
            Optional<VerdaMachine> row = database.read(tx -> store.find(tx, tag.get()));
            if (row.isEmpty() || isReadNoMore(row.get(), now)) {
                quietly("startup script " + script.id(), () -> {
                    api.deleteScript(script.id());
                    database.useTransaction(tx -> store.scriptDeleted(tx, tag.get(), now));
                });
            }
        }
    }

    private static boolean isReadNoMore(VerdaMachine row, Instant now) {
        return row.isOver() || (row.ranAt() != null && now.isAfter(row.ranAt().plus(SCRIPT_NEEDED_FOR)));
    }

    private void disks() {
        for (VerdaDisk disk : api.disks()) {
            Optional<UUID> tag = VerdaNames.machineOfOsVolume(disk.name());
            boolean attached = !disk.instances().isEmpty() || disk.status() == VerdaDisk.Status.ATTACHED;
            if (tag.isEmpty() || (attached && !disk.trashed())) {
                continue;
            }
            // The name does not say whose it is; that the machine is in our table does.
            Optional<VerdaMachine> row = database.read(tx -> store.find(tx, tag.get()));
            if (row.isPresent() && row.get().isOver()) {
                LOG.infof("deleting disk %s of machine %s at verda", disk.id(), tag.get());
                quietly("disk " + disk.id(), () -> api.deleteVolume(disk.id()));
            }
        }
    }

    /** One thing that cannot be removed now keeps nobody from the others. */
    static void quietly(String what, Runnable removal) {
        try {
            removal.run();
        } catch (ProviderFailure e) {
            LOG.infof("%s stays at verda for now: %s", what, e.getMessage());
        }
    }
}
