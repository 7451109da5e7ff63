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
import io.quarkus.logging.Log;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

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

    private final List<DockerHost> hosts;
    private final HostOffers hostOffers;
    private final GpuInventory inventory;
    private final Engines engines;
    private final Database database;
    private final DeploymentId deployment;
    private final Clock clock;
    private final GpuLeaseStore store = new GpuLeaseStore();
    private final DockerVolumes volumes;
    private final boolean hasVolumes;
    private final Set<String> silentHosts = ConcurrentHashMap.newKeySet();

    DockerProvider(
            DockerConfig config,
            GpuNames names,
            Engines engines,
            Database database,
            DeploymentId deployment,
            Clock clock) {
        this.hosts = DockerHost.all(config, names, System.getenv("DOCKER_HOST"));
        this.hostOffers = new HostOffers(config, names);
        this.inventory = new GpuInventory(config, names, clock);
        this.engines = engines;
        this.database = database;
        this.deployment = deployment;
        this.clock = clock;
        this.volumes = new DockerVolumes(config.volumes(), () -> hosts, engines, database, deployment, clock);
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
        List<Offer> offers = new ArrayList<>();
        String silence = "";
        for (DockerHost host : hosts) {
            try {
                EngineInfo info = engines.connect(host.engine()).info();
                offers.addAll(
                        hostOffers.offers(host, info, inventory.of(host), leased.getOrDefault(host.name(), Set.of())));
                if (silentHosts.remove(host.name())) {
                    Log.infof("docker host %s answers again", host.name());
                }
            } catch (EngineException e) {
                silence = "docker host " + host.name() + " does not answer: " + e.getMessage();
                if (silentHosts.add(host.name())) {
                    Log.warn(silence);
                }
            }
        }
        if (offers.isEmpty() && !silence.isEmpty()) {
            throw new ProviderFailure.Unavailable(silence, null);
        }
        return offers;
    }

    @Override
    public Machine launch(LaunchRequest request) {
        Optional<Leased> earlier = database.read(tx -> store.find(tx, request.tag()));
        if (earlier.isPresent()) {
            return stillLive(earlier.get());
        }
        DockerHost host = host(request.offer());
        volumes.requireOn(host, request.volumes());
        EngineInfo info = asking(host.engine(), ContainerEngine::info);
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
        return database.inTransaction(tx -> lease(tx, lease, ofKind, count));
    }

    private Machine lease(Transaction tx, Lease lease, List<Gpu> ofKind, int count) {
        store.lockHost(tx, lease.host());
        // Read after the lock: what a launch of the same tag did a moment ago is seen.
        Optional<Leased> earlier = store.find(tx, lease.tag());
        if (earlier.isPresent()) {
            return stillLive(earlier.get());
        }
        Set<String> taken = store.leasedGpus(tx, lease.host());
        List<String> free = ofKind.stream()
                .map(Gpu::id)
                .filter(id -> !taken.contains(id))
                .limit(count)
                .toList();
        if (free.size() < count) {
            throw new ProviderFailure.NoCapacity("%d × %s wanted on docker host %s, %d of %d free"
                    .formatted(count, lease.kind(), lease.host(), free.size(), ofKind.size()));
        }
        store.insert(tx, lease, free, clock.instant());
        return store.find(tx, lease.tag()).map(DockerProvider::stillLive).orElseThrow();
    }

    @Override
    public List<Machine> machines() {
        Map<UUID, Machine> machines = new LinkedHashMap<>();
        for (EngineAddress engine : allEngines()) {
            Map<String, String> ours =
                    Map.of(MachineLabels.DEPLOYMENT, deployment.get().toString());
            for (ContainerSummary container : asking(engine, client -> client.list(ours))) {
                tag(container).ifPresent(tag -> machines.putIfAbsent(tag, withoutLease(tag, engine, container)));
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
        Optional<Leased> leased = database.read(tx -> store.find(tx, tag));
        Set<EngineAddress> where =
                leased.map(lease -> Set.of(lease.machine().engine())).orElseGet(this::allEngines);
        Map<String, String> labels =
                Map.of(MachineLabels.DEPLOYMENT, deployment.get().toString(), MachineLabels.MACHINE, tag.toString());
        for (EngineAddress engine : where) {
            for (ContainerSummary container : asking(engine, client -> client.list(labels))) {
                asking(engine, client -> {
                    client.remove(container.name());
                    return container;
                });
            }
        }
        // Whoever gets them next may find them on the next machine: first they leave this one.
        volumes.release(tag);
        database.useTransaction(tx -> {
            store.end(tx, tag, clock.instant());
            store.forget(tx, clock.instant().minus(ENDED_KEPT_FOR));
        });
    }

    /** Those configured, and those that machines run on although they are no longer configured. */
    private Set<EngineAddress> allEngines() {
        Set<EngineAddress> addresses = new LinkedHashSet<>();
        hosts.forEach(host -> addresses.add(host.engine()));
        database.read(store::liveEngines).forEach(uri -> addresses.add(EngineAddress.of(uri)));
        return addresses;
    }

    private DockerHost host(Offer offer) {
        return hosts.stream()
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
