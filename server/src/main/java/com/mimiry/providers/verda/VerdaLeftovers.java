package com.mimiry.providers.verda;

import com.mimiry.platform.Database;
import com.mimiry.providers.Holdings.Inventory;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Kind;
import com.mimiry.providers.Holdings.Owner;
import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.verda.VerdaApi.Script;
import com.mimiry.providers.verda.VerdaApi.SshKey;
import com.mimiry.providers.verda.VerdaMachines.Spare;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What machines have beside them at Verda, and leave behind: second instances of one machine, startup scripts (which hold a
 * host key), disks, our SSH key and its doubles. Only what has a name or tag of this deployment is ever touched.
 */
final class VerdaLeftovers {
    private static final Logger LOG = Logger.getLogger(VerdaLeftovers.class);
    /** After a machine was first seen running its script has long been read. */
    private static final Duration SCRIPT_NEEDED_FOR = Duration.ofMinutes(10);

    private static final Duration SPARE_AGE_MIN = Duration.ofMinutes(2);

    private final VerdaApi api;
    private final VerdaNames names;
    private final VerdaMachines machines;
    private final VerdaEnd end;
    private final VerdaSshKey sshKey;
    private final VerdaVolumes volumes;
    private final Database database;
    private final UUID deployment;
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
            UUID deployment,
            Clock clock) {
        this.api = api;
        this.names = names;
        this.machines = machines;
        this.end = end;
        this.sshKey = sshKey;
        this.volumes = volumes;
        this.database = database;
        this.deployment = deployment;
        this.clock = clock;
    }

    Inventory look() {
        List<Item> items = new ArrayList<>();
        Map<Kind, Integer> foreign = new EnumMap<>(Kind.class);
        spares(items);
        scripts(items, foreign);
        disks(items, foreign);
        items.addAll(volumes.leftovers());
        keys(items, foreign);
        return new Inventory(items, foreign, "");
    }

    void settle(Item item) {
        UUID reference = Objects.requireNonNull(VerdaAnswers.idOrNull(item.reference()));
        LOG.infof("deleting %s %s at verda: %s", item.kind().text(), reference, item.note());
        switch (item.kind()) {
            case MACHINE -> end.delete(reference, null);
            case SCRIPT -> {
                api.deleteScript(reference);
                UUID machine = Objects.requireNonNull(item.id());
                database.useTransaction(tx -> store.scriptDeleted(tx, machine, clock.instant()));
            }
            case DISK -> api.deleteVolume(reference);
            case KEY -> api.deleteSshKey(reference);
            case VOLUME -> volumes.settle(item);
        }
    }

    private void spares(List<Item> items) {
        Instant bornBefore = clock.instant().minus(SPARE_AGE_MIN);
        for (Spare spare : machines.look().spares()) {
            VerdaInstance instance = spare.instance();
            Instant born = instance.createdAt();
            boolean ending = instance.status() == VerdaStatus.DELETING;
            boolean old = born != null && born.isBefore(bornBefore);
            items.add(new Item(
                    Kind.MACHINE,
                    instance.id().toString(),
                    spare.of(),
                    "",
                    born,
                    instance.statusText(),
                    null,
                    ending ? Verdict.EXPECTED : old ? Verdict.ORPHAN : Verdict.TOO_YOUNG,
                    ending || born == null ? null : born.plus(SPARE_AGE_MIN),
                    "another instance carries the tag of the same machine"));
        }
    }

    private void scripts(List<Item> items, Map<Kind, Integer> foreign) {
        Instant now = clock.instant();
        for (Script script : api.scripts()) {
            Optional<UUID> tag = names.machineOfScript(script.name());
            if (tag.isEmpty()) {
                foreign.merge(Kind.SCRIPT, 1, Integer::sum);
                continue;
            }
            // A row is made before its script, so a script without one is of a machine that was forgotten.
            VerdaMachine row = database.read(tx -> store.find(tx, tag.get())).orElse(null);
            boolean needed = row != null && !isReadNoMore(row, now);
            items.add(item(
                    Kind.SCRIPT,
                    script.id(),
                    tag.get(),
                    owner(row),
                    needed,
                    row == null ? "its machine was forgotten" : "its machine needs it no more"));
        }
    }

    private static boolean isReadNoMore(VerdaMachine row, Instant now) {
        return row.isOver() || (row.ranAt() != null && now.isAfter(row.ranAt().plus(SCRIPT_NEEDED_FOR)));
    }

    private void disks(List<Item> items, Map<Kind, Integer> foreign) {
        for (VerdaDisk disk : api.disks()) {
            if (volumes.isOurs(disk)) {
                continue;
            }
            Optional<UUID> tag = VerdaNames.machineOfOsVolume(disk.name());
            // The name does not say whose it is; that we meant to make the machine does.
            VerdaMachine row = tag.flatMap(machine -> database.read(tx -> store.find(tx, machine)))
                    .orElse(null);
            if (row == null || row.hostPublicKey() == null) {
                foreign.merge(Kind.DISK, 1, Integer::sum);
                continue;
            }
            boolean attached = !disk.instances().isEmpty() || disk.status() == VerdaDisk.Status.ATTACHED;
            items.add(item(
                    Kind.DISK,
                    disk.id(),
                    row.tag(),
                    owner(row),
                    (attached && !disk.trashed()) || !row.isOver(),
                    "its machine is gone"));
        }
    }

    private void keys(List<Item> items, Map<Kind, Integer> foreign) {
        List<SshKey> keys = api.sshKeys();
        Optional<UUID> used = sshKey.registered(keys);
        Owner owner = new Owner("deployment", deployment, "live");
        for (SshKey key : keys) {
            if (key.name().equals(names.sshKey())) {
                boolean needed = used.isEmpty() || used.get().equals(key.id());
                items.add(item(Kind.KEY, key.id(), deployment, owner, needed, "a double of the key that is used"));
            } else {
                foreign.merge(Kind.KEY, 1, Integer::sum);
            }
        }
    }

    private static Item item(
            Kind kind, UUID reference, UUID id, @Nullable Owner owner, boolean needed, String whyOrphan) {
        return new Item(
                kind,
                reference.toString(),
                id,
                "",
                null,
                "",
                owner,
                needed ? Verdict.OWNED : Verdict.ORPHAN,
                null,
                needed ? "" : whyOrphan);
    }

    private static @Nullable Owner owner(@Nullable VerdaMachine row) {
        if (row == null) {
            return null;
        }
        String state = row.goneAt() != null
                ? "gone"
                : row.refusedAt() != null ? "refused" : row.destroyAskedAt() != null ? "ending" : "live";
        return new Owner("machine", row.tag(), state);
    }
}
