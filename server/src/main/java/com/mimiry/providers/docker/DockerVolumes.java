package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.Engines;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Offer;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.docker.DockerVolumeStore.Promise;
import com.mimiry.providers.docker.SideBySide.Answer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Volumes on Docker hosts: files with a file system of their own, made and mounted on the host by {@code volumes.sh}. What
 * is promised is in our database, so that a disk is never promised twice; a volume stays on the host that it was made on.
 */
final class DockerVolumes implements VolumeProvider {
    private static final Logger LOG = Logger.getLogger(DockerVolumes.class);
    private static final String TYPE = "xfs";
    private static final int GIBIBYTE_SHIFT = 30;

    /** How long what a host's disk has is good for an estimate; what is promised is always read afresh. */
    private static final Duration DISK_KNOWN_FOR = Duration.ofSeconds(15);

    /** How long a host may take to say what room or which volumes it has. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final DockerConfig.Volumes config;
    private final DockerHosts hosts;
    private final Engines engines;
    private final Database database;
    private final DeploymentId deployment;
    private final Clock clock;
    private final DockerVolumeStore store = new DockerVolumeStore();
    private final LostStore lost = new LostStore();
    private final SideBySide hostsAtOnce = new SideBySide(PATIENCE);
    private final Map<EngineAddress, KnownDisk> disks = new ConcurrentHashMap<>();
    private final boolean sparse;

    DockerVolumes(
            DockerConfig.Volumes config,
            DockerHosts hosts,
            Engines engines,
            Database database,
            DeploymentId deployment,
            Clock clock) {
        if (!config.directory().matches("/[A-Za-z0-9._/-]*[A-Za-z0-9]")) {
            throw new IllegalArgumentException("mimiry.docker.volumes.directory: " + config.directory()
                    + " is not the absolute path of a directory");
        }
        if (config.overcommit().compareTo(BigDecimal.ONE) < 0) {
            throw new IllegalArgumentException("mimiry.docker.volumes.overcommit must be 1 or more");
        }
        this.config = config;
        this.hosts = hosts;
        this.engines = engines;
        this.database = database;
        this.deployment = deployment;
        this.clock = clock;
        this.sparse = config.overcommit().compareTo(BigDecimal.ONE) > 0;
    }

    private record KnownDisk(VolumeHost.Disk disk, Instant at) {}

    private VolumeHost onHosts() {
        return new VolumeHost(engines, config.directory() + "/" + deployment.get(), config.timeout());
    }

    /** Side by side, each with a limit: somebody waits for the answer, and a host that hangs must not hide the others. */
    @Override
    public List<Place> places() {
        Set<String> drained = hosts.drained();
        List<Place> places = new ArrayList<>();
        hostsAtOnce
                .ask(hosts.all(), host -> place(host, drained.contains(host.name())))
                .forEach((host, answer) -> places.add(
                        switch (answer) {
                            case Answer.Given<Place> given -> given.value();
                            case Answer.Silence<Place> _ ->
                                place(host, 0, "docker host " + host.name() + " gives no answer about its disk");
                        }));
        places.sort(Comparator.comparingLong(Place::freeGb).reversed().thenComparing(Place::place));
        return places;
    }

    private Place place(DockerHost host, boolean drained) {
        if (drained) {
            return place(host, 0, drained(host.name()));
        }
        long free = 0;
        String unusable = "";
        try {
            VolumeHost.Disk disk = disk(host.engine(), DISK_KNOWN_FOR);
            free = database.read(tx -> freeGb(disk, store.promised(tx, host.name())));
        } catch (ProviderFailure e) {
            unusable = "docker host " + host.name() + ": " + e.getMessage();
        }
        return place(host, free, unusable);
    }

    private Place place(DockerHost host, long free, String unusable) {
        Money cost = Money.ofEuros(config.monthlyCostPerGb().setScale(6, RoundingMode.HALF_UP));
        return new Place(host.location(), TYPE, host.name(), Math.max(0, free), cost, unusable);
    }

    private static String drained(String host) {
        return "docker host " + host + " is drained: no session gets there, so no volume is made there";
    }

    private VolumeHost.Disk disk(EngineAddress engine, Duration goodFor) {
        Instant now = clock.instant();
        KnownDisk known = disks.get(engine);
        if (known != null && now.isBefore(known.at.plus(goodFor))) {
            return known.disk;
        }
        VolumeHost.Disk disk = onHosts().disk(engine);
        disks.put(engine, new KnownDisk(disk, now));
        return disk;
    }

    /**
     * How much more can be promised. What our files have taken already is room for promises too, so the answer is the same
     * before and after a volume's file is made.
     */
    private long freeGb(VolumeHost.Disk disk, long promisedGb) {
        BigDecimal room = BigDecimal.valueOf(
                disk.freeBytes() + disk.takenBytes() - config.keepFree().asLongValue());
        long gb = room.multiply(config.overcommit())
                .toBigInteger()
                .shiftRight(GIBIBYTE_SHIFT)
                .longValueExact();
        return gb - promisedGb;
    }

    @Override
    public Held create(Request request) {
        Promise promise = database.read(tx -> store.find(tx, request.tag())).orElseGet(() -> promise(request));
        if (promise.ended()) {
            throw new ProviderFailure.InvalidRequest("volume " + request.tag() + " has ended");
        }
        try {
            onHosts().create(promise.engine(), promise.tag(), bytes(promise.sizeGb()), sparse);
        } catch (ProviderFailure.NoCapacity | ProviderFailure.InvalidRequest e) {
            // Nothing was made, so nothing is promised.
            database.useTransaction(tx -> store.end(tx, request.tag(), clock.instant()));
            throw e;
        }
        return held(promise, State.READY);
    }

    private Promise promise(Request request) {
        DockerHost host = hosts.all().stream()
                .filter(each -> each.name().equals(request.place()))
                .findFirst()
                .orElseThrow(() -> new ProviderFailure.InvalidRequest(
                        "no docker host is called " + request.place() + " any more"));
        VolumeHost.Disk disk = disk(host.engine(), Duration.ZERO);
        Promise wanted =
                new Promise(request.tag(), host.name(), host.engine(), request.sizeGb(), clock.instant(), false);
        return database.inTransaction(tx -> {
            store.lockTag(tx, request.tag());
            store.lockHost(tx, host.name());
            Optional<Promise> earlier = store.find(tx, request.tag());
            if (earlier.isPresent()) {
                return earlier.get();
            }
            if (store.destroyedUnpromised(tx, request.tag())) {
                throw new ProviderFailure.InvalidRequest("volume " + request.tag() + " has ended before it was made");
            }
            if (!hosts.isOpen(tx, host)) {
                throw new ProviderFailure.NoCapacity(drained(host.name()));
            }
            requireRoom(tx, host.name(), disk, request.sizeGb());
            store.insert(tx, wanted);
            return wanted;
        });
    }

    private void requireRoom(Transaction tx, String host, VolumeHost.Disk disk, int moreGb) {
        long free = freeGb(disk, store.promised(tx, host));
        if (free < moreGb) {
            throw new ProviderFailure.NoCapacity("the disk of docker host %s has room for %d GB more, not for %d"
                    .formatted(host, Math.max(0, free), moreGb));
        }
    }

    @Override
    public List<Held> volumes() {
        VolumesSeen seen = look();
        if (!seen.silent().isEmpty()) {
            throw new ProviderFailure.Unavailable(seen.gaps(), null);
        }
        return held(seen);
    }

    /** A silent host hides the volumes that are there and nothing else. */
    @Override
    public Listing listing() {
        VolumesSeen seen = look();
        return new Listing(held(seen), tag -> isNowhere(tag, seen.silent().keySet()), seen.gaps());
    }

    private VolumesSeen look() {
        return VolumesSeen.look(hosts.all(), onHosts(), hostsAtOnce, database, store);
    }

    private List<Held> held(VolumesSeen seen) {
        return seen.found().stream()
                .map(found -> held(found.file(), found.host(), found.promise()))
                .toList();
    }

    /**
     * Whether a volume that no host showed is nowhere: it was promised by a host that answered, or that was given up. What was
     * never promised was never made.
     */
    private boolean isNowhere(UUID tag, Set<EngineAddress> silent) {
        return silent.isEmpty()
                || database.read(tx -> store.find(tx, tag)
                        .filter(promise -> silent.contains(promise.engine()))
                        .filter(_ -> lost.reason(tx, tag).isEmpty())
                        .isEmpty());
    }

    @Override
    public Optional<String> lostBecause(UUID tag) {
        return database.read(tx -> lost.reason(tx, tag));
    }

    private Held held(Promise promise, State state) {
        return new Held(
                promise.tag(),
                promise.host() + "/" + promise.tag(),
                location(promise.host()),
                promise.sizeGb(),
                state,
                promise.createdAt());
    }

    private Held held(VolumeHost.File file, String host, @Nullable Promise promise) {
        State state = file.complete() ? State.READY : State.MAKING;
        return promise != null
                ? held(promise, state)
                : new Held(
                        file.tag(),
                        host + "/" + file.tag(),
                        location(host),
                        (int) (file.bytes() >> GIBIBYTE_SHIFT),
                        state,
                        file.bornAt());
    }

    private String location(String host) {
        return hosts.all().stream()
                .filter(each -> each.name().equals(host))
                .map(DockerHost::location)
                .findFirst()
                .orElse("");
    }

    @Override
    public void resize(UUID tag, int sizeGb) {
        Promise promise = require(tag);
        if (promise.sizeGb() < sizeGb) {
            VolumeHost.Disk disk = disk(promise.engine(), Duration.ZERO);
            database.useTransaction(tx -> {
                store.lockHost(tx, promise.host());
                Promise now =
                        store.find(tx, tag).filter(found -> !found.ended()).orElseThrow();
                if (now.sizeGb() < sizeGb) {
                    requireRoom(tx, promise.host(), disk, sizeGb - now.sizeGb());
                    store.resize(tx, tag, sizeGb);
                }
            });
        }
        try {
            onHosts().grow(promise.engine(), tag, bytes(sizeGb), sparse);
        } catch (ProviderFailure.NoCapacity | ProviderFailure.InvalidRequest e) {
            database.useTransaction(tx -> store.resize(tx, tag, promise.sizeGb()));
            throw e;
        }
    }

    @Override
    public void destroy(UUID tag) {
        Optional<Promise> promise = database.inTransaction(tx -> {
            store.lockTag(tx, tag);
            Optional<Promise> found = store.find(tx, tag);
            if (found.isEmpty()) {
                store.refuse(tx, tag, clock.instant());
            }
            return found;
        });
        if (promise.isEmpty()) {
            destroyEverywhere(tag);
            return;
        }
        try {
            onHosts().destroy(promise.get().engine(), tag);
        } catch (ProviderFailure.Unavailable e) {
            if (lostBecause(tag).isEmpty()) {
                throw e;
            }
            LOG.debugf("volume %s is lost with its host: %s", tag, e.getMessage());
        }
        // After the files: until they are gone, their room is not anybody else's.
        database.useTransaction(tx -> store.end(tx, tag, clock.instant()));
    }

    /** What was never promised can be there all the same, as after the database was restored; a silent host shows it later. */
    private void destroyEverywhere(UUID tag) {
        VolumeHost files = onHosts();
        hostsAtOnce.ask(hosts.all(), host -> destroyed(files, host, tag)).forEach((host, answer) -> {
            if (answer instanceof Answer.Silence<Boolean> silence) {
                LOG.debugf("volume %s was not looked for on %s: %s", tag, host.name(), silence.words());
            }
        });
    }

    private static boolean destroyed(VolumeHost files, DockerHost host, UUID tag) {
        try {
            files.destroy(host.engine(), tag);
            return true;
        } catch (ProviderFailure.InvalidRequest e) {
            // A host that lets nobody in has never held one.
            LOG.debugf("volume %s was not looked for on %s: %s", tag, host.name(), e.getMessage());
            return false;
        }
    }

    /** A host's own disk: only machines on that very host can have it. */
    @Override
    public boolean attachable(String reference, String location, Offer offer) {
        return offer.provider().equals(DockerProvider.NAME)
                && offer.reference().startsWith(reference.substring(0, reference.lastIndexOf('/') + 1));
    }

    /** @throws ProviderFailure.InvalidRequest where one of them is elsewhere */
    void requireOn(DockerHost host, List<Attachment> volumes) {
        for (Attachment volume : volumes) {
            Promise promise = require(volume.tag());
            if (!promise.host().equals(host.name())) {
                throw new ProviderFailure.InvalidRequest("volume %s is on docker host %s, not on %s"
                        .formatted(volume.tag(), promise.host(), host.name()));
            }
        }
    }

    @Override
    public List<String> mount(UUID machine, EngineAddress engine, List<UUID> volumes) {
        // Before the effect: whoever ends the machine then knows what to unmount.
        database.useTransaction(tx -> {
            int taken = store.take(tx, volumes, machine);
            if (taken != volumes.size()) {
                throw new ProviderFailure.InvalidRequest("of %d volumes, %d are not there or still on another machine"
                        .formatted(volumes.size(), volumes.size() - taken));
            }
        });
        return onHosts().mount(engine, machine, volumes);
    }

    /** The machine's containers are gone: its volumes are written to disk and free for the next one. */
    void release(UUID machine) {
        List<Promise> had = database.read(tx -> store.of(tx, machine));
        if (had.isEmpty()) {
            return;
        }
        onHosts()
                .unmount(
                        had.getFirst().engine(),
                        machine,
                        had.stream().map(Promise::tag).toList());
        database.useTransaction(tx -> store.release(tx, machine));
    }

    private Promise require(UUID tag) {
        return database.read(tx -> store.find(tx, tag))
                .filter(found -> !found.ended())
                .orElseThrow(() -> new ProviderFailure.InvalidRequest("volume " + tag + " is not there"));
    }

    private static long bytes(int sizeGb) {
        return (long) sizeGb << GIBIBYTE_SHIFT;
    }
}
