package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.MachineLabels;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.VolumeProvider;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

/** Two hosts that were added at the terminal, each with four T4, on engines in memory. */
final class FleetFixture {
    static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILSiKKOz95sey1lWJ4hqpXhE4r/hpSowrgseQPmCcxFv";
    static final EngineAddress NEAR = EngineAddress.of("ssh://root@10.0.0.4");
    static final EngineAddress FAR = EngineAddress.of("ssh://root@10.0.0.5");
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-05-01T08:00:00Z"), ZoneOffset.UTC);

    final Database database = TestDatabase.create();
    final FakeEngines engines = new FakeEngines();
    final DeploymentId deployment = new DeploymentId(database, UUID::randomUUID);
    final DockerFleet fleet = new DockerFleet(database, CLOCK);
    final DockerHosts hosts;
    final DockerProvider provider;
    final VolumeProvider volumes;

    FleetFixture() {
        add(NEAR, "near");
        add(FAR, "far");
        DockerConfig config = Configs.docker("hosts.own.uri", "unix:///run/own.sock", "host-patience", "1s");
        hosts = new DockerHosts(config, new KnownGpus(), database);
        provider = new DockerProvider(config, new KnownGpus(), hosts, engines, database, deployment, CLOCK);
        volumes = provider.volumes().orElseThrow();
    }

    void add(EngineAddress engine, String name) {
        database.useTransaction(tx -> fleet.add(tx, engine.uri().toString(), KEY, name, null, "T4:4"));
    }

    void drain(String host) {
        database.useTransaction(tx -> fleet.drain(tx, host));
    }

    DockerFleet.Lost lose(String host) {
        return database.inTransaction(tx -> fleet.lose(tx, host, "its power supply burnt"));
    }

    void remove(String host) {
        database.useTransaction(tx -> fleet.remove(tx, host));
    }

    Offer t4(String host) {
        return provider.offers().stream()
                .filter(offer -> offer.reference().equals(host + "/T4_16G_PCIe"))
                .findFirst()
                .orElseThrow();
    }

    /** A session's machine with its container. */
    LaunchRequest launch(String host, EngineAddress engine) {
        LaunchRequest request = request(t4(host));
        provider.launch(request);
        engines.add(
                engine,
                "session-" + request.tag(),
                MachineLabels.of(deployment.get(), request.tag(), request.sessionId()));
        return request;
    }

    static LaunchRequest request(Offer offer) {
        return new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), offer.withGpus(4), List.of());
    }

    UUID volume(String host) {
        UUID tag = UUID.randomUUID();
        volumes.create(wish(tag, host));
        return tag;
    }

    static VolumeProvider.Request wish(UUID tag, String host) {
        return new VolumeProvider.Request(tag, 10, host, "xfs", host);
    }
}
