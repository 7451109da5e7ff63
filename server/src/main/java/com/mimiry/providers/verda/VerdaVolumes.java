package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Kind;
import com.mimiry.providers.Holdings.Owner;
import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.Offer;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.ProviderPace;
import com.mimiry.providers.VolumeProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Block volumes at Verda. An instance gets them when it is made and has them until its end, since Verda attaches and detaches
 * them of instances that are shut down only. As with instances, a create is sent once until it is proven that nothing came of
 * it; what a list lacks is gone when the volume's own record says so too.
 */
final class VerdaVolumes implements VolumeProvider {
    private static final Logger LOG = Logger.getLogger(VerdaVolumes.class);
    private static final String TYPE = "NVMe";
    /** Verda says of no place how much it has. */
    private static final long ROOM_GB = Integer.MAX_VALUE;

    /** Volumes asked for one by one after one list: a list that lacks more is worth little. */
    private static final int RECORDS_MAX = 30;

    private static final Duration SPARE_AGE_MIN = Duration.ofMinutes(2);

    private final VerdaConfig config;
    private final VerdaApi api;
    private final VerdaNames names;
    private final VerdaDiskMounts mounts;
    private final Database database;
    private final Clock clock;
    private final VerdaVolumeStore store = new VerdaVolumeStore();
    private final VerdaMachineStore machines = new VerdaMachineStore();

    VerdaVolumes(
            VerdaConfig config,
            VerdaApi api,
            VerdaNames names,
            VerdaDiskMounts mounts,
            Database database,
            Clock clock) {
        this.config = config;
        this.api = api;
        this.names = names;
        this.mounts = mounts;
        this.database = database;
        this.clock = clock;
    }

    /**
     * @param there by tag
     * @param unproven tags that are not shown and may be there all the same
     * @param spares disks beyond the first that are a volume's by their tags, by the volume's tag
     */
    private record Sight(Map<UUID, Seen> there, Set<UUID> unproven, Map<UUID, List<VerdaDisk>> spares) {}

    /** @param row null for a volume that carries our ids and is in no row, as after restoring an old database */
    private record Seen(UUID tag, VerdaDisk disk, @Nullable VerdaVolume row) {}

    @Override
    public List<Place> places() {
        Optional<Money> price = api.volumePrice(TYPE);
        return api.locations().stream()
                .filter(location ->
                        config.locations().map(only -> only.contains(location)).orElse(true))
                .map(location -> new Place(
                        location,
                        TYPE,
                        location,
                        ROOM_GB,
                        price.orElse(Money.ZERO),
                        price.isPresent() ? "" : "verda sells no " + TYPE + " volumes in euro now"))
                .toList();
    }

    @Override
    public Held create(Request request) {
        UUID tag = request.tag();
        database.useTransaction(tx -> store.intend(tx, request, clock.instant()));
        VerdaVolume row = row(tag);
        if (row.isOver()) {
            throw new ProviderFailure.InvalidRequest("volume " + tag + " has ended at verda");
        }
        if (row.volumeId() != null) {
            return made(row, row.volumeId());
        }
        if (row.sentAt() != null) {
            Sight sight = look();
            Seen seen = sight.there.get(tag);
            if (seen != null) {
                return held(seen);
            }
            if (sight.unproven.contains(tag)) {
                throw new ProviderFailure.Unavailable(
                        "volume " + tag + " was asked of verda and does not show there yet", null);
            }
        }
        Instant now = clock.instant();
        if (!database.inTransaction(tx -> store.sending(tx, tag, now, now.minus(config.appearWithin())))) {
            throw new ProviderFailure.Unavailable("volume " + tag + " is being asked of verda", null);
        }
        UUID id = send(request);
        return made(row, id);
    }

    private UUID send(Request request) {
        UUID tag = request.tag();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("type", TYPE)
                .put("location_code", request.location())
                .put("size", request.sizeGb())
                .put("name", VerdaNames.volume(tag));
        names.putVolumeTags(body.putArray("tags"), tag);
        try {
            UUID id = api.createVolume(body);
            database.useTransaction(tx -> store.made(tx, tag, id));
            return id;
        } catch (ProviderFailure.Unavailable e) {
            throw e;
        } catch (ProviderFailure e) {
            database.useTransaction(tx -> store.refused(tx, tag));
            throw e;
        }
    }

    private Held made(VerdaVolume row, UUID id) {
        return api.disk(id)
                .map(disk -> held(new Seen(row.tag(), disk, row)))
                .orElseThrow(() -> new ProviderFailure.Unavailable("verda shows no volume " + id, null));
    }

    private VerdaVolume row(UUID tag) {
        return database.read(tx -> store.find(tx, tag)).orElseThrow();
    }

    @Override
    public List<Held> volumes() {
        Sight sight = look();
        if (!sight.unproven.isEmpty()) {
            throw new ProviderFailure.Unavailable(
                    "whether verda has these volumes is not known yet: " + sight.unproven, null);
        }
        return shown(sight);
    }

    @Override
    public Listing listing() {
        Sight sight = look();
        return new Listing(shown(sight), tag -> !sight.unproven.contains(tag));
    }

    private List<Held> shown(Sight sight) {
        return sight.there.values().stream().map(this::held).toList();
    }

    private Held held(Seen seen) {
        VerdaDisk disk = seen.disk;
        VerdaVolume row = seen.row;
        State state = disk.trashed()
                // Thrown away by us, or by Verda when the account was empty: then it is taken out again.
                ? row != null && !row.isOver() ? State.MAKING : State.ENDING
                : switch (disk.status()) {
                    case MAKING -> State.MAKING;
                    case DETACHED, ATTACHED, MOVING -> State.READY;
                    case ENDING, GONE -> State.ENDING;
                };
        String location = row == null || row.location() == null ? disk.location() : row.location();
        Instant now = clock.instant();
        Instant born = Objects.requireNonNullElse(disk.createdAt(), row == null ? now : row.createdAt());
        return new Held(seen.tag, disk.id().toString(), location, disk.sizeGb(), state, born);
    }

    private Sight look() {
        List<VerdaDisk> disks = api.disks();
        // The rows after the list: what was asked for before the list began is in them.
        List<VerdaVolume> open = database.read(store::open);
        if (open.size() == VerdaVolumeStore.OPEN_MAX) {
            throw new ProviderFailure.Unavailable("more volumes than can be listed at once", null);
        }
        Map<UUID, VerdaVolume> rows = open.stream()
                .collect(Collectors.toMap(
                        VerdaVolume::tag, Function.identity(), (first, _) -> first, LinkedHashMap::new));
        Map<UUID, List<VerdaDisk>> byTag = new LinkedHashMap<>();
        for (VerdaDisk disk : disks) {
            UUID tag = tag(disk, rows);
            if (tag != null) {
                byTag.computeIfAbsent(tag, _ -> new ArrayList<>()).add(disk);
            }
        }
        Map<UUID, Seen> there = new LinkedHashMap<>();
        Map<UUID, List<VerdaDisk>> spares = new HashMap<>();
        byTag.forEach((tag, mine) -> {
            VerdaVolume row = rows.containsKey(tag)
                    ? rows.get(tag)
                    : database.read(tx -> store.find(tx, tag)).orElse(null);
            VerdaDisk first = first(mine, row);
            there.put(tag, new Seen(tag, first, row));
            spares.put(tag, mine.stream().filter(disk -> !disk.equals(first)).toList());
            if (row != null && row.volumeId() == null) {
                database.useTransaction(tx -> store.made(tx, tag, first.id()));
            }
        });
        return new Sight(there, missing(rows, there), spares);
    }

    /** Without tags it is ours only if we know that we asked for it. */
    private @Nullable UUID tag(VerdaDisk disk, Map<UUID, VerdaVolume> rows) {
        if (disk.tagged() != null) {
            return disk.tagged();
        }
        UUID named = disk.named();
        boolean ours = named != null
                && (rows.containsKey(named)
                        || database.read(tx -> store.find(tx, named)).isPresent());
        return ours ? named : null;
    }

    /** The one that the row knows; else the oldest. */
    private static VerdaDisk first(List<VerdaDisk> disks, @Nullable VerdaVolume row) {
        UUID known = row == null ? null : row.volumeId();
        return disks.stream()
                .filter(disk -> disk.id().equals(known))
                .findFirst()
                .or(() -> disks.stream()
                        .min(Comparator.comparing(
                                        (VerdaDisk disk) -> Objects.requireNonNullElse(disk.createdAt(), Instant.MAX))
                                .thenComparing(VerdaDisk::id)))
                .orElseThrow();
    }

    /** Looks for what the list lacks. @return those of which nothing is known */
    private Set<UUID> missing(Map<UUID, VerdaVolume> rows, Map<UUID, Seen> there) {
        Set<UUID> unproven = new HashSet<>();
        int records = 0;
        for (VerdaVolume row : rows.values()) {
            Seen listed = there.get(row.tag());
            UUID id = row.volumeId();
            if (listed != null && (id == null || id.equals(listed.disk.id()))) {
                continue;
            }
            if (id == null) {
                if (row.sentAt() != null
                        && clock.instant().isBefore(row.sentAt().plus(config.appearWithin()))) {
                    unproven.add(row.tag());
                }
            } else if (++records > RECORDS_MAX) {
                unproven.add(row.tag());
            } else {
                ask(row, id, there, unproven);
            }
        }
        unproven.removeAll(there.keySet());
        return unproven;
    }

    private void ask(VerdaVolume row, UUID id, Map<UUID, Seen> there, Set<UUID> unproven) {
        try {
            Optional<VerdaDisk> disk = api.disk(id);
            // Its record may say that it is in the trash, long after it has left that too; the list of the trash says
            // more.
            if (disk.isPresent() && !disk.get().trashed()) {
                LOG.infof(
                        "verda's list lacks volume %s, which is %s",
                        id, disk.get().status());
                there.put(row.tag(), new Seen(row.tag(), disk.get(), row));
            } else if (row.destroyAskedAt() != null && !there.containsKey(row.tag())) {
                database.useTransaction(tx -> store.gone(tx, row.tag(), clock.instant()));
            }
        } catch (ProviderFailure e) {
            LOG.warnf("whether verda still has volume %s is not known: %s", id, e.getMessage());
            unproven.add(row.tag());
        }
    }

    @Override
    public void resize(UUID tag, int sizeGb) {
        UUID id = requireMade(tag);
        if (sizeOf(id) < sizeGb) {
            try {
                api.resizeVolume(id, sizeGb);
            } catch (ProviderFailure.InvalidRequest e) {
                // The answer to an earlier request may have been lost; a second one is refused.
                if (sizeOf(id) < sizeGb) {
                    throw e;
                }
            }
            if (sizeOf(id) < sizeGb) {
                throw new ProviderFailure.Unavailable("verda's volume " + id + " is growing", null);
            }
        }
        database.useTransaction(tx -> store.grown(tx, tag, sizeGb));
    }

    private int sizeOf(UUID id) {
        return api.disk(id)
                .map(VerdaDisk::sizeGb)
                .orElseThrow(() -> new ProviderFailure.Unavailable("verda shows no volume " + id, null));
    }

    private UUID requireMade(UUID tag) {
        Optional<VerdaVolume> row = database.read(tx -> store.find(tx, tag));
        UUID id = row.isPresent() && !row.get().isOver() ? row.get().volumeId() : null;
        if (id == null) {
            throw new ProviderFailure.InvalidRequest("volume " + tag + " is not at verda");
        }
        return id;
    }

    @Override
    public void destroy(UUID tag) {
        database.useTransaction(tx -> store.destroyAsked(tx, tag, clock.instant()));
        UUID known = row(tag).volumeId();
        Set<UUID> ids = new LinkedHashSet<>();
        if (known != null) {
            ids.add(known);
        } else {
            Sight sight = look();
            Seen seen = sight.there.get(tag);
            if (seen != null) {
                ids.add(seen.disk.id());
            }
            sight.spares.getOrDefault(tag, List.of()).forEach(spare -> ids.add(spare.id()));
        }
        for (UUID id : ids) {
            api.deleteVolume(id);
            LOG.infof("verda was asked to delete volume %s", id);
        }
    }

    @Override
    public boolean attachable(String reference, String location, Offer offer) {
        return offer.provider().equals(VerdaProvider.NAME) && offer.location().equals(location);
    }

    /**
     * Verda's ids of the volumes for a new machine, once they are free there: what had them last may not have let go yet.
     *
     * @throws ProviderFailure.InvalidRequest where one is elsewhere, or does not come free
     */
    List<UUID> free(List<Attachment> wanted, String location) {
        List<UUID> ids = new ArrayList<>();
        for (Attachment volume : wanted) {
            ids.add(requireMade(volume.tag()));
            String at = row(volume.tag()).location();
            if (!location.equals(at)) {
                throw new ProviderFailure.InvalidRequest(
                        "volume %s is at %s, not at %s".formatted(volume.tag(), at, location));
            }
        }
        long until = System.nanoTime() + config.volumePatience().toNanos();
        for (UUID id : ids) {
            while (!api.disk(id).map(VerdaDisk::isFree).orElse(false)) {
                if (System.nanoTime() > until) {
                    throw new ProviderFailure.InvalidRequest(
                            "verda's volume %s is not free yet, or in the trash".formatted(id));
                }
                ProviderPace.pause(Duration.ofMillis(500));
            }
        }
        return ids;
    }

    @Override
    public List<String> mount(UUID machine, EngineAddress engine, List<UUID> volumes) {
        Optional<VerdaMachine> row = database.read(tx -> machines.find(tx, machine));
        UUID instance = row.isPresent() ? row.get().instanceId() : null;
        if (instance == null) {
            throw new ProviderFailure.InvalidRequest("machine " + machine + " is not at verda");
        }
        List<VerdaDiskMounts.Device> devices = new ArrayList<>();
        for (UUID tag : volumes) {
            UUID id = requireMade(tag);
            VerdaDisk disk = api.disk(id)
                    .filter(found -> found.instances().contains(instance)
                            && !found.target().isEmpty())
                    .orElseThrow(() -> new ProviderFailure.Unavailable(
                            "verda does not show volume %s at instance %s".formatted(id, instance), null));
            devices.add(new VerdaDiskMounts.Device(tag, "/dev/" + disk.target()));
        }
        return mounts.mount(machine, engine, devices);
    }

    /** What was written is on the disks, if the machine can still be told; it is about to be switched off. */
    void flush(UUID machine, EngineAddress engine) {
        List<UUID> given = database.read(tx -> store.of(tx, machine));
        if (!given.isEmpty()) {
            try {
                mounts.flush(machine, engine, given);
            } catch (ProviderFailure e) {
                LOG.infof("what was last written to volumes of %s may be lost: %s", machine, e.getMessage());
            }
        }
    }

    /** What nobody asked for: second volumes of a row, and volumes of ours in the trash. */
    List<Item> leftovers() {
        List<Item> items = new ArrayList<>();
        Sight sight = look();
        for (Seen seen : sight.there.values()) {
            VerdaVolume row = seen.row;
            if (row == null) {
                continue;
            }
            if (!row.isOver() && seen.disk.trashed()) {
                items.add(leftover(seen.disk, seen.tag, Verdict.MISSING, "it is in the trash and nobody asked"));
            }
            for (VerdaDisk spare : sight.spares.getOrDefault(seen.tag, List.of())) {
                items.add(leftover(spare, seen.tag, verdict(spare, seen), "volume " + seen.tag + " is another one"));
            }
        }
        return items;
    }

    /** Only the row's volume was ever handed to a machine, so nothing is on another one. */
    private Verdict verdict(VerdaDisk spare, Seen seen) {
        boolean unused = seen.disk.id().equals(Objects.requireNonNull(seen.row).volumeId())
                && (spare.isFree() || spare.trashed());
        if (!unused) {
            return Verdict.KEPT;
        }
        Instant born = spare.createdAt();
        boolean old = born != null && born.isBefore(clock.instant().minus(SPARE_AGE_MIN));
        return old ? Verdict.ORPHAN : Verdict.TOO_YOUNG;
    }

    private static Item leftover(VerdaDisk disk, UUID tag, Verdict verdict, String note) {
        return new Item(
                Kind.VOLUME,
                disk.id().toString(),
                tag,
                disk.location(),
                disk.createdAt(),
                disk.status().name().toLowerCase(Locale.ROOT),
                new Owner("volume", tag, "live"),
                verdict,
                null,
                note);
    }

    /** One of {@link #leftovers}. */
    void settle(Item item) {
        UUID id = Objects.requireNonNull(VerdaAnswers.idOrNull(item.reference()));
        if (item.verdict() == Verdict.MISSING) {
            api.restoreVolume(id);
        } else {
            api.deleteVolume(id);
        }
    }

    /** Whether it is a volume that this deployment made for an owner, and no machine's own disk. */
    boolean isOurs(VerdaDisk disk) {
        UUID named = disk.named();
        return disk.tagged() != null
                || (named != null && database.read(tx -> store.find(tx, named)).isPresent());
    }
}
