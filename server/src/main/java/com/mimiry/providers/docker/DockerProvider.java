package com.mimiry.providers.docker;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerEngine.ContainerSummary;
import com.mimiry.containers.ContainerEngine.EngineInfo;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.GpuNames;
import com.mimiry.providers.MachineLabels;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.docker.GpuLeaseStore.Lease;
import com.mimiry.providers.docker.GpuLeaseStore.Leased;
import com.mimiry.providers.docker.HostGpus.Gpu;
import com.mimiry.providers.docker.SideBySide.Answer;
import io.quarkus.logging.Log;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Docker hosts as a provider. A machine is a share of a host: a lease of GPUs in our database, and the containers that
 * carry its tag. Launching takes the lease; destroying removes the containers first, so that a GPU is never given out while
 * somebody still computes on it.
 */
@Singleton
@Startup
public final class DockerProvider implements Provider {
    static final String NAME = "docker";

    /** How long a machine that has ended is remembered, so that no launch that comes late makes it again. */
    private static final Duration ENDED_KEPT_FOR = Duration.ofDays(30);

    private static final Duration INFO_KEPT_FOR = Duration.ofSeconds(60);
    private static final int ASKED_ABOUT_AT_ONCE = 64;

    private final DockerHosts hosts;
    private final HostOffers hostOffers;
    private final GpuInventory inventory;
    private final SideBySide hostsAtOnce;
    private final Engines engines;
    private final Database database;
    private final DeploymentId deployment;
    private final Clock clock;
    private final GpuLeaseStore store = new GpuLeaseStore();
    private final LostStore lost = new LostStore();
    private final Map<EngineAddress, Known> known = new ConcurrentHashMap<>();
    private final DockerVolumes volumes;
    private final boolean hasVolumes;

    /** What an engine said of itself; it changes only when the host does. */
    private record Known(EngineInfo info, Instant at) {}

    DockerProvider(
            DockerConfig config,
            GpuNames names,
            DockerHosts hosts,
            Engines engines,
            Database database,
            DeploymentId deployment,
            Clock clock) {
        this.hosts = hosts;
        this.hostOffers = new HostOffers(config, names);
        this.inventory = new GpuInventory(config, names, engines, clock);
        this.hostsAtOnce = new SideBySide(config.hostPatience());
        this.engines = engines;
        this.database = database;
        this.deployment = deployment;
        this.clock = clock;
        this.volumes = new DockerVolumes(config.volumes(), hosts, engines, database, deployment, clock);
        this.hasVolumes = config.volumes().enabled();
    }

    @Override
    public Optional<VolumeProvider> volumes() {
        return hasVolumes ? Optional.of(volumes) : Optional.empty();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Duration offersFreshFor() {
        return Duration.ofSeconds(2);
    }

    /** Of every host that answers; fails when none does. */
    @Override
    public List<Offer> offers() {
        Map<String, Set<String>> leased = database.read(store::leasedGpus);
        Set<String> leasedReal = database.read(store::leasedReal);
        List<Offer> offers = new ArrayList<>();
        String silence = "";
        Map<DockerHost, Answer<List<Offer>>> answers = hostsAtOnce.ask(hosts.open(), host -> {
            Set<String> taken = new HashSet<>(leased.getOrDefault(host.name(), Set.of()));
            taken.addAll(leasedReal);
            return hostOffers.offers(host, info(host.engine()), inventory.of(host), taken);
        });
        for (Map.Entry<DockerHost, Answer<List<Offer>>> entry : answers.entrySet()) {
            String host = entry.getKey().name();
            switch (entry.getValue()) {
                case Answer.Given<List<Offer>> given -> offers.addAll(given.value());
                case Answer.Silence<List<Offer>> silent ->
                    silence = "docker host " + host + " does not answer: " + silent.words();
            }
        }
        if (offers.isEmpty() && !silence.isEmpty()) {
            throw new ProviderFailure.Unavailable(silence, null);
        }
        return offers;
    }

    /** Every host, drained ones too: whether it answers, and which GPUs it has. */
    Map<DockerHost, Answer<HostGpus>> look() {
        return hostsAtOnce.ask(hosts.all(), host -> {
            info(host.engine());
            return inventory.of(host);
        });
    }

    /** Such as {@code 8 × H100_80G_SXM}; "" = none. */
    String text(HostGpus gpus) {
        return hostOffers.kinds(gpus).entrySet().stream()
                .map(kind -> kind.getValue().size() + " × " + kind.getKey())
                .collect(Collectors.joining(", "));
    }

    @Override
    public Machine launch(LaunchRequest request) {
        Optional<Leased> earlier = database.read(tx -> store.find(tx, request.tag()));
        if (earlier.isPresent()) {
            return stillLive(earlier.get());
        }
        DockerHost host = host(request.offer());
        requireOpen(host, database.read(tx -> hosts.isOpen(tx, host)));
        volumes.requireOn(host, request.volumes());
        EngineInfo info = asking(host.engine(), _ -> info(host.engine()));
        // A host that was given up and has come back: nobody gets a GPU that what it had still computes on.
        database.read(tx -> lost.uncleared(tx, host.name())).forEach(tag -> clear(tag, host.engine()));
        HostGpus gpus = inventory.of(host);
        String kind = request.offer().reference().substring(host.name().length() + 1);
        int count = request.offer().gpuCount();
        Lease lease = new Lease(
                request.tag(),
                request.sessionId(),
                host.name(),
                host.engine(),
                kind,
                !gpus.simulated(),
                hostOffers.limits(info, gpus, count));
        List<Gpu> ofKind = hostOffers.kinds(gpus).getOrDefault(kind, List.of());
        return database.inTransaction(tx -> lease(tx, host, lease, ofKind, count));
    }

    private static void requireOpen(DockerHost host, boolean open) {
        if (!open) {
            throw new ProviderFailure.NoCapacity("docker host " + host.name() + " is drained");
        }
    }

    /** Asks each time whether the engine is there, and now and then what it is. */
    private EngineInfo info(EngineAddress address) {
        ContainerEngine engine = engines.connect(address);
        Known last = known.get(address);
        if (last != null && clock.instant().isBefore(last.at().plus(INFO_KEPT_FOR))) {
            engine.ping();
            return last.info();
        }
        EngineInfo info = engine.info();
        known.put(address, new Known(info, clock.instant()));
        return info;
    }

    private Machine lease(Transaction tx, DockerHost host, Lease lease, List<Gpu> ofKind, int count) {
        store.lockTag(tx, lease.tag());
        store.lockHost(tx, lease.host());
        // Read after the lock: what a launch of the same tag did a moment ago is seen.
        Optional<Leased> earlier = store.find(tx, lease.tag());
        if (earlier.isPresent()) {
            return stillLive(earlier.get());
        }
        if (store.destroyedUnlaunched(tx, lease.tag())) {
            throw new ProviderFailure.InvalidRequest("machine " + lease.tag() + " has ended before it was launched");
        }
        // Its operator may have drained it, given it up or removed it meanwhile.
        requireOpen(host, hosts.isOpen(tx, host));
        List<String> free = free(tx, lease, ofKind, count);
        if (free.size() < count) {
            throw new ProviderFailure.NoCapacity("%d × %s wanted on docker host %s, %d of %d free"
                    .formatted(count, lease.kind(), lease.host(), free.size(), ofKind.size()));
        }
        store.insert(tx, lease, free, clock.instant());
        return store.find(tx, lease.tag()).map(DockerProvider::stillLive).orElseThrow();
    }

    /**
     * The first that are free, as many as wanted or all there are. Of very many some are asked about at a time, launches
     * beginning at different ones: most find theirs at once.
     */
    private List<String> free(Transaction tx, Lease lease, List<Gpu> ofKind, int count) {
        List<String> ids = new ArrayList<>(ofKind.stream().map(Gpu::id).toList());
        if (lease.gpusPassed()) {
            store.lockGpus(tx);
            ids.removeAll(store.leasedReal(tx));
        }
        if (ids.size() > ASKED_ABOUT_AT_ONCE) {
            Collections.rotate(ids, lease.tag().hashCode() % ids.size());
        }
        List<String> free = new ArrayList<>();
        for (int from = 0; from < ids.size() && free.size() < count; from += ASKED_ABOUT_AT_ONCE) {
            List<String> asked = ids.subList(from, Math.min(ids.size(), from + ASKED_ABOUT_AT_ONCE));
            free.addAll(store.free(tx, lease.host(), asked, count - free.size()));
        }
        return free;
    }

    @Override
    public List<Machine> machines() {
        Set<EngineAddress> silent = new LinkedHashSet<>();
        List<Machine> machines = machines(silent);
        if (!silent.isEmpty()) {
            throw new ProviderFailure.Unavailable(silence(silent), null);
        }
        return machines;
    }

    /** A silent host hides what runs there and nothing else. */
    @Override
    public Listing listing() {
        Set<EngineAddress> silent = new LinkedHashSet<>();
        List<Machine> machines = machines(silent);
        return new Listing(
                machines,
                tag -> silent.isEmpty() || endedElsewhere(tag, silent),
                0,
                silent.isEmpty() ? "" : silence(silent));
    }

    /**
     * Whether a machine is nowhere although some hosts are silent: it was on a host that was listed, or on one that was given
     * up. Without a lease nothing was launched; a launch that still waits is refused as soon as somebody asks for its end.
     */
    private boolean endedElsewhere(UUID tag, Set<EngineAddress> silent) {
        return database.read(tx -> {
            Optional<Leased> leased = store.find(tx, tag);
            return leased.isEmpty()
                    || (leased.get().ended()
                            && (!silent.contains(leased.get().machine().engine())
                                    || lost.reason(tx, tag).isPresent()));
        });
    }

    private static String silence(Set<EngineAddress> silent) {
        return "no answer from the docker engines at "
                + silent.stream().map(engine -> engine.uri().toString()).collect(Collectors.joining(", "));
    }

    private List<Machine> machines(Set<EngineAddress> silent) {
        Map<UUID, Machine> machines = new LinkedHashMap<>();
        Map<String, String> ours =
                Map.of(MachineLabels.DEPLOYMENT, deployment.get().toString());
        Map<EngineAddress, Answer<List<ContainerSummary>>> answers =
                hostsAtOnce.ask(allEngines(), engine -> engines.connect(engine).list(ours));
        for (Map.Entry<EngineAddress, Answer<List<ContainerSummary>>> entry : answers.entrySet()) {
            EngineAddress engine = entry.getKey();
            switch (entry.getValue()) {
                case Answer.Given<List<ContainerSummary>> given -> {
                    for (ContainerSummary container : given.value()) {
                        tag(container)
                                .ifPresent(tag -> machines.putIfAbsent(tag, withoutLease(tag, engine, container)));
                    }
                }
                case Answer.Silence<List<ContainerSummary>> _ -> silent.add(engine);
            }
        }
        // Leases last: a machine launched while the hosts were listed is in, with all that its lease says.
        List<Leased> live = database.read(store::live);
        if (live.size() == GpuLeaseStore.MACHINES_MAX) {
            throw new ProviderFailure.Unavailable("more machines than can be listed at once", null);
        }
        live.forEach(leased -> machines.put(leased.machine().tag(), leased.machine()));
        return List.copyOf(machines.values());
    }

    @Override
    public void destroy(UUID tag) {
        boolean never = database.inTransaction(tx -> {
            store.lockTag(tx, tag);
            return store.refuse(tx, tag, clock.instant());
        });
        if (never) {
            removeEverywhere(tag);
            return;
        }
        Leased leased = database.read(tx -> store.find(tx, tag)).orElse(null);
        if (leased == null) {
            return;
        }
        EngineAddress engine = leased.machine().engine();
        if (database.read(tx -> lost.reason(tx, tag)).isEmpty()) {
            clear(tag, engine);
        } else {
            clearLost(tag, engine);
        }
        database.useTransaction(tx -> {
            store.lockTag(tx, tag);
            store.end(tx, tag, clock.instant());
            store.forget(tx, clock.instant().minus(ENDED_KEPT_FOR));
        });
    }

    /** What has our tag and no lease, as after the database was restored: where a host is silent, a sweep finds it later. */
    private void removeEverywhere(UUID tag) {
        Map<EngineAddress, Answer<Boolean>> answers = hostsAtOnce.ask(allEngines(), engine -> {
            removeContainers(tag, engine);
            return true;
        });
        answers.forEach((engine, answer) -> {
            if (answer instanceof Answer.Silence<Boolean> silent) {
                Log.debugf("machine %s was not looked for at %s: %s", tag, engine.uri(), silent.words());
            }
        });
    }

    private void clear(UUID tag, EngineAddress engine) {
        removeContainers(tag, engine);
        // Whoever gets them next may find them on the next machine: first they leave this one.
        volumes.release(tag);
        database.useTransaction(tx -> lost.cleared(tx, tag, clock.instant()));
    }

    /** It was written down as gone: what is left of it is removed if its host is there again. */
    private void clearLost(UUID tag, EngineAddress engine) {
        try {
            clear(tag, engine);
        } catch (ProviderFailure.Unavailable e) {
            Log.debugf("machine %s is lost with its host: %s", tag, e.getMessage());
        }
    }

    private void removeContainers(UUID tag, EngineAddress engine) {
        Map<String, String> labels =
                Map.of(MachineLabels.DEPLOYMENT, deployment.get().toString(), MachineLabels.MACHINE, tag.toString());
        for (ContainerSummary container : asking(engine, client -> client.list(labels))) {
            asking(engine, client -> {
                client.remove(container.name());
                return container;
            });
        }
    }

    /** Those configured, and those that machines run on although they are no longer configured. */
    private Set<EngineAddress> allEngines() {
        Set<EngineAddress> addresses = new LinkedHashSet<>();
        hosts.all().forEach(host -> addresses.add(host.engine()));
        database.read(store::liveEngines).forEach(uri -> addresses.add(EngineAddress.of(uri)));
        return addresses;
    }

    private DockerHost host(Offer offer) {
        return hosts.all().stream()
                .filter(host -> offer.reference().startsWith(host.name() + "/"))
                .findFirst()
                .orElseThrow(() ->
                        new ProviderFailure.InvalidRequest("no docker host is configured for " + offer.reference()));
    }

    private static Machine stillLive(Leased leased) {
        if (leased.ended()) {
            throw new ProviderFailure.InvalidRequest(
                    "machine " + leased.machine().tag() + " has ended");
        }
        return leased.machine();
    }

    private static Machine withoutLease(UUID tag, EngineAddress engine, ContainerSummary container) {
        return new Machine(
                tag,
                container.name(),
                MachineState.RUNNING,
                engine,
                List.of(),
                new Limits(0, 0, 0),
                container.createdAt());
    }

    private static Optional<UUID> tag(ContainerSummary container) {
        String label = container.labels().getOrDefault(MachineLabels.MACHINE, "");
        try {
            return Optional.of(UUID.fromString(label));
        } catch (IllegalArgumentException _) {
            Log.warnf("container %s has our deployment's label and no machine's: left alone", container.name());
            return Optional.empty();
        }
    }

    private <T> T asking(EngineAddress engine, Function<ContainerEngine, T> question) {
        try {
            return question.apply(engines.connect(engine));
        } catch (EngineException e) {
            throw new ProviderFailure.Unavailable("docker engine at " + engine.uri() + ": " + e.getMessage(), e);
        }
    }
}
