package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.SshKeyTexts;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.docker.DockerHostStore.StoredHost;
import com.mimiry.providers.docker.HostSight.Silence;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The Docker hosts as their operator changes them; every replica follows at once. */
public final class DockerFleet {
    private static final int NAMED_MAX = 10;

    private final Database database;
    private final Clock clock;
    private final DockerHostStore store = new DockerHostStore();
    private final GpuLeaseStore leases = new GpuLeaseStore();
    private final DockerVolumeStore volumes = new DockerVolumeStore();
    private final LostStore lost = new LostStore();
    private final HostSightStore sights = new HostSightStore();

    public DockerFleet(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * @param uri "" where it is not known: a host of the configuration of servers that do not run
     * @param fingerprint of its pinned host key; "" where it has none, or the uri is not known
     * @param declaredGpus as it was added, such as {@code T4:4}
     * @param gpus as a server last saw them, such as {@code 8 × H100_80G_SXM}; "" = none, or none looked yet
     * @param simulated whether these are declared or made up
     * @param answers null where no server has looked
     * @param silentSince null unless it does not answer
     * @param trouble null where there is none
     * @param machines that have not ended there
     * @param volumes that are there
     * @param sessions whose machines these are
     */
    public record Host(
            String name,
            String uri,
            String fingerprint,
            String declaredGpus,
            String gpus,
            boolean simulated,
            boolean drained,
            @Nullable Boolean answers,
            @Nullable Instant silentSince,
            @Nullable String trouble,
            int machines,
            int volumes,
            List<UUID> sessions) {}

    /** What was given up with a host: the ids of sessions' machines and of volumes. */
    public record Lost(List<UUID> machines, List<UUID> volumes) {}

    /** By name: those added here, those of the configuration of servers that run, and all that are drained. */
    public List<Host> list() {
        return database.read(tx -> {
            Set<String> drained = new TreeSet<>(store.drained(tx));
            Map<String, StoredHost> added =
                    store.all(tx).stream().collect(Collectors.toMap(StoredHost::name, Function.identity()));
            Map<String, HostSight> seen = sights.all(tx, clock.instant());
            Set<String> names = new TreeSet<>(drained);
            names.addAll(added.keySet());
            configured(seen).map(HostSight::host).forEach(names::add);
            return names.stream()
                    .map(name -> host(tx, name, added.get(name), seen, drained.contains(name)))
                    .toList();
        });
    }

    private Host host(
            Transaction tx, String name, @Nullable StoredHost added, Map<String, HostSight> sights, boolean isDrained) {
        HostSight seen = sights.get(name);
        String uri = seen != null ? seen.uri() : added != null ? added.uri() : "";
        String fingerprint =
                seen != null ? seen.fingerprint() : added != null ? SshKeyTexts.fingerprint(added.hostKey()) : "";
        Silence silence = seen == null ? null : seen.silence();
        Optional<String> twin = added == null
                ? Optional.empty()
                : configuredAt(added.uri(), sights).filter(other -> !other.equals(name));
        List<UUID> sessions = leases.sessionsOn(tx, name);
        return new Host(
                name,
                uri,
                fingerprint,
                added == null ? "" : added.gpus(),
                seen == null ? "" : seen.gpus(),
                seen != null && seen.simulated(),
                isDrained,
                seen == null ? null : silence == null,
                silence == null ? null : silence.since(),
                twin.map(other -> "not used: host " + other + " of the configuration has its address")
                        .orElse(silence == null ? null : silence.words()),
                sessions.size(),
                volumes.liveOn(tx, name).size(),
                sessions);
    }

    private static Stream<HostSight> configured(Map<String, HostSight> sights) {
        return sights.values().stream().filter(HostSight::configured);
    }

    private static Optional<String> configuredAt(String uri, Map<String, HostSight> sights) {
        return configured(sights)
                .filter(sight -> sight.uri().equals(uri))
                .map(HostSight::host)
                .findFirst();
    }

    /**
     * Adds a host that is reached by SSH.
     *
     * @param hostKey the public key that it must prove to have, such as {@code ssh-ed25519 AAAA…}
     * @param name null = its address
     * @param location what customers see as its place; null = its name
     * @param gpus declared ones, such as {@code T4:4}; "" = none
     * @return its name
     * @throws IllegalArgumentException that says what is wrong
     * @throws IllegalStateException where the name or the address is taken
     */
    public String add(
            Transaction tx, String uri, String hostKey, @Nullable String name, @Nullable String location, String gpus) {
        EngineAddress engine = EngineAddress.checked(uri);
        if (!engine.isSsh()) {
            throw new IllegalArgumentException(
                    "only ssh:// hosts are added here; a socket of the server's own machine belongs in its configuration"
                            + " (mimiry.docker.hosts.NAME.uri)");
        }
        String chosen = name == null ? engine.uri().getHost() : name;
        if (!DockerHost.isName(chosen)) {
            throw new IllegalArgumentException("\"" + chosen
                    + "\": a host's name has letters, digits, '.', '_' and '-' only; give it such a name");
        }
        String address = engine.uri().toString();
        Map<String, HostSight> seen = sights.all(tx, clock.instant());
        store.at(tx, address).or(() -> configuredAt(address, seen)).ifPresent(other -> {
            throw new IllegalStateException("host " + other + " is at " + address
                    + " already: under two names its GPUs and its disk would be given out twice");
        });
        StoredHost host = new StoredHost(chosen, address, SshKeyTexts.canonical(hostKey), location, gpus);
        boolean isTaken = configured(seen).anyMatch(sight -> sight.host().equals(chosen));
        if (isTaken || !store.insert(tx, host, clock.instant())) {
            throw new IllegalStateException("there is a host named " + chosen + " already; give it another name");
        }
        return chosen;
    }

    /**
     * No new sessions and volumes there; running ones go on until they end by themselves or are ended. Also for hosts of the
     * configuration.
     *
     * @throws IllegalArgumentException where no host can have that name
     * @throws NoSuchElementException where servers run, and none knows such a host
     */
    public void drain(Transaction tx, String name) {
        if (!DockerHost.isName(name)) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a host");
        }
        if (!mayExist(tx, name)) {
            throw new NoSuchElementException("no host is named " + name + "; 'host list' shows all");
        }
        // Who is launching there now is seen in the next list; nobody comes after that.
        lock(tx, name);
        store.drain(tx, name, clock.instant());
    }

    private boolean mayExist(Transaction tx, String name) {
        Map<String, HostSight> seen = sights.all(tx, clock.instant());
        // Without a server nobody can say what its configuration has; what a host had may outlive its being configured.
        return seen.isEmpty()
                || configured(seen).anyMatch(sight -> sight.host().equals(name))
                || store.all(tx).stream().anyMatch(host -> host.name().equals(name))
                || !leases.sessionsOn(tx, name).isEmpty()
                || !volumes.liveOn(tx, name).isEmpty();
    }

    /** As a launch and the making of a volume do it: none comes in between. */
    private void lock(Transaction tx, String name) {
        leases.lockHost(tx, name);
        volumes.lockHost(tx, name);
    }

    public void resume(Transaction tx, String name) {
        store.resume(tx, name);
    }

    public boolean isDrained(Transaction tx, String name) {
        return store.drained(tx).contains(name);
    }

    /**
     * Gives up a host that will not come back: what is there counts as gone from now on, although nobody can look.
     *
     * @throws IllegalStateException unless the host is drained
     */
    public Lost lose(Transaction tx, String name, String reason) {
        lock(tx, name);
        if (!isDrained(tx, name)) {
            throw new IllegalStateException("host " + name + " gets new sessions: drain it first");
        }
        LostStore.Lost gone = lost.declare(tx, name, reason, clock.instant());
        return new Lost(gone.machines(), gone.volumes());
    }

    /**
     * Forgets a host that was added here.
     *
     * @throws IllegalStateException unless the host is drained and empty
     * @throws NoSuchElementException where it was not added here
     */
    public void remove(Transaction tx, String name) {
        lock(tx, name);
        if (store.all(tx).stream().noneMatch(host -> host.name().equals(name))) {
            throw new NoSuchElementException("no host " + name + " was added here");
        }
        requireNone("sessions have a machine on host " + name, leases.sessionsOn(tx, name), "they have ended");
        requireNone("volumes are on host " + name, volumes.liveOn(tx, name), "they are deleted");
        if (!isDrained(tx, name)) {
            throw new IllegalStateException("host " + name + " gets new sessions: drain it first");
        }
        store.delete(tx, name);
        store.resume(tx, name);
        sights.forget(tx, name);
    }

    private static void requireNone(String where, List<UUID> there, String then) {
        if (!there.isEmpty()) {
            String which = there.stream().limit(NAMED_MAX).map(UUID::toString).collect(Collectors.joining(", "));
            throw new IllegalStateException(
                    "%d %s (%s%s): drain it, and remove it when %s; if it will not come back, give it up as lost"
                            .formatted(there.size(), where, which, there.size() > NAMED_MAX ? ", …" : "", then));
        }
    }
}
