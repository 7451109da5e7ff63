package com.mimiry.providers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerSpec;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.RealEngines;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.MachineLabels;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The docker provider on the real engine of this machine. */
class DockerProviderEngineTest {
    private static final EngineAddress ADDRESS = EngineAddress.of("unix:///var/run/docker.sock");
    private static final String IMAGE = "mimiry-market-test:empty";
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-05-01T08:00:00Z"), ZoneOffset.UTC);

    private final Database database = TestDatabase.create();
    private final DeploymentId deployment = new DeploymentId(database, UUID::randomUUID);
    private final RealEngines engines = new RealEngines();
    private final ContainerEngine engine = engines.connect(ADDRESS);
    private final List<String> made = new ArrayList<>();

    /** An image without any file: our init is all that its containers run. */
    @BeforeAll
    static void importEmptyImage() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "sh", "-c", "tar -c --files-from /dev/null | docker import - " + IMAGE + " >&2")
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    @AfterEach
    void removeContainers() {
        made.forEach(engine::remove);
    }

    @Test
    void a_machine_s_containers_run_until_it_is_destroyed_and_a_neighbour_s_are_left_alone() {
        DockerProvider provider = provider("hosts.here.uri", ADDRESS.uri().toString(), "hosts.here.gpus", "T4:2");
        Offer offer = provider.offers().getFirst().withGpus(2);
        LaunchRequest request = new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), offer);

        Machine machine = provider.launch(request);
        String session = run(MachineLabels.of(deployment.get(), machine.tag(), request.sessionId()), machine);
        String neighbour = run(MachineLabels.of(UUID.randomUUID(), machine.tag(), request.sessionId()), machine);
        assertThat(provider.machines()).containsExactly(machine);
        assertThat(engine.inspect(session)).isInstanceOf(ContainerStatus.Running.class);

        provider.destroy(machine.tag());

        assertThat(engine.inspect(session)).isInstanceOf(ContainerStatus.Absent.class);
        assertThat(engine.inspect(neighbour)).isInstanceOf(ContainerStatus.Running.class);
        assertThat(provider.machines()).isEmpty();
        assertThat(provider.offers().getFirst().free()).hasValue(2);
    }

    @Test
    void a_container_whose_lease_was_lost_is_found_by_its_labels_alone() {
        DockerProvider provider = provider("hosts.here.uri", ADDRESS.uri().toString(), "hosts.here.gpus", "T4:1");
        Machine machine = provider.launch(new LaunchRequest(
                UUID.randomUUID(),
                UUID.randomUUID(),
                provider.offers().getFirst().withGpus(1)));
        UUID lost = UUID.randomUUID();
        String name = run(MachineLabels.of(deployment.get(), lost, UUID.randomUUID()), machine);

        assertThat(provider.machines()).extracting(Machine::tag).containsExactlyInAnyOrder(machine.tag(), lost);

        provider.destroy(lost);
        assertThat(engine.inspect(name)).isInstanceOf(ContainerStatus.Absent.class);
        assertThat(provider.machines()).containsExactly(machine);
    }

    @Test
    void an_engine_that_is_not_there_is_unavailable() {
        DockerProvider provider =
                provider("hosts.gone.uri", "unix:///nonexistent/docker.sock", "hosts.gone.gpus", "T4");

        assertThatThrownBy(provider::offers).isInstanceOf(ProviderFailure.Unavailable.class);
        assertThatThrownBy(provider::machines).isInstanceOf(ProviderFailure.Unavailable.class);
    }

    private String run(Map<String, String> labels, Machine machine) {
        String name = "mimiry-market-test-" + UUID.randomUUID();
        made.add(name);
        engine.prepare();
        engine.create(new ContainerSpec(
                name,
                IMAGE,
                labels,
                null,
                true,
                true,
                null,
                "token-" + UUID.randomUUID(),
                Map.of(),
                machine.gpuIds(),
                machine.limits().memoryBytes(),
                machine.limits().cpus(),
                machine.limits().pidsMax(),
                "market-test"));
        engine.start(name);
        return name;
    }

    private DockerProvider provider(String... keysAndValues) {
        DockerConfig config = Configs.docker(keysAndValues);
        DockerHosts hosts = new DockerHosts(config, new KnownGpus(), database);
        return new DockerProvider(config, new KnownGpus(), hosts, engines, database, deployment, CLOCK);
    }
}
