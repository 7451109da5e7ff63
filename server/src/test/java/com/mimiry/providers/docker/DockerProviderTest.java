package com.mimiry.providers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.MachineLabels;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Listing;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerProviderTest {
    private static final EngineAddress ONE = EngineAddress.of("unix:///run/one.sock");
    private static final EngineAddress TWO = EngineAddress.of("unix:///run/two.sock");
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-05-01T08:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path directory;

    private final Database database = TestDatabase.create();
    private final FakeEngines engines = new FakeEngines();
    private final DeploymentId deployment = new DeploymentId(database, UUID::randomUUID);

    @Test
    void declared_gpus_are_offered_by_kind_and_said_to_be_simulated() {
        List<Offer> offers = twoHosts().offers();

        Offer t4 = offer(offers, "one/T4_16G_PCIe");
        assertThat(t4.gpuCountMax()).isEqualTo(4);
        assertThat(t4.free()).hasValue(4);
        assertThat(t4.simulated()).isTrue();
        assertThat(t4.location()).isEqualTo("RACK-1");
        assertThat(t4.hourlyCost().euros()).isEqualByComparingTo("0.35");
        assertThat(offer(offers, "one/H100_80G_SXM").free()).hasValue(2);
        assertThat(offer(offers, "two/T4_16G_PCIe").location()).isEqualTo("LOCAL-01");
        assertThat(offer(offers, "one/cpu").gpuText()).isEmpty();
    }

    @Test
    void a_host_without_any_pretends_to_have_gpus_until_told_not_to() {
        assertThat(provider().offers())
                .anyMatch(offer -> offer.reference().equals("local/T4_16G_PCIe")
                        && offer.simulated()
                        && offer.free().getAsInt() >= 100);
        assertThat(provider("simulate", "off").offers())
                .extracting(Offer::reference)
                .containsExactly("local/cpu");
        assertThat(provider("enabled", "false").offers()).isEmpty();
    }

    @Test
    void gpus_that_are_there_win_over_declared_ones_and_are_passed_into_containers() throws IOException {
        DockerProvider provider = provider(
                "nvidia-smi",
                nvidiaSmi("0, GPU-a, Tesla T4, 15360", "1, GPU-b, Tesla T4, 15360"),
                "hosts.one.uri",
                ONE.uri().toString(),
                "hosts.one.gpus",
                "H100:8",
                "hosts.two.uri",
                TWO.uri().toString(),
                "hosts.two.gpus",
                "H100:1",
                "prices.T4",
                "0.40");
        Offer t4 = offer(provider.offers(), "one/T4_16G_PCIe");

        Machine machine = provider.launch(request(t4.withGpus(2)));

        assertThat(t4.simulated()).isFalse();
        assertThat(t4.hourlyCost().euros()).isEqualByComparingTo("0.4");
        assertThat(machine.gpuIds()).containsExactlyInAnyOrder("GPU-a", "GPU-b");
        assertThat(machine.limits().memoryBytes()).isEqualTo(2 * (long) ((64L << 30) * 0.9 / 2));
        assertThat(machine.limits().cpus()).isEqualTo(8);
        // The machine's GPUs belong to one host only, however many sockets it has.
        assertThat(provider.offers()).noneMatch(offer -> offer.reference().equals("two/T4_16G_PCIe"));
        assertThat(offer(provider.offers(), "two/H100_80G_SXM").simulated()).isTrue();
    }

    @Test
    void gpus_stay_while_the_tool_that_lists_them_is_broken_and_none_are_made_up_where_it_never_worked()
            throws IOException {
        assertThat(provider("nvidia-smi", script("echo broken; exit 9")).offers())
                .extracting(Offer::reference)
                .containsExactly("local/cpu");

        String tool = nvidiaSmi("0, GPU-a, Tesla T4, 15360");
        DockerProvider provider = provider("nvidia-smi", tool, "inventory-interval", "0s");
        assertThat(offer(provider.offers(), "local/T4_16G_PCIe").free()).hasValue(1);
        Files.writeString(Path.of(tool), "#!/bin/sh\nexit 9\n");
        assertThat(offer(provider.offers(), "local/T4_16G_PCIe").free()).hasValue(1);
    }

    @Test
    void a_launch_takes_gpus_and_a_second_one_of_the_same_tag_finds_the_same_machine() {
        DockerProvider provider = twoHosts();
        LaunchRequest request =
                request(offer(provider.offers(), "one/T4_16G_PCIe").withGpus(3));

        Machine machine = provider.launch(request);

        assertThat(provider.launch(request)).isEqualTo(machine);
        assertThat(provider.machines()).containsExactly(machine);
        assertThat(machine.engine()).isEqualTo(ONE);
        assertThat(machine.gpuIds()).isEmpty();
        assertThat(machine.limits().memoryBytes()).isEqualTo(3 * (2L << 30));
        assertThat(offer(provider.offers(), "one/T4_16G_PCIe").free()).hasValue(1);
        assertThat(offer(provider.offers(), "one/T4_16G_PCIe").withGpus(2).available())
                .isFalse();
    }

    @Test
    void a_launch_beyond_what_is_free_is_no_capacity() {
        DockerProvider provider = twoHosts();
        Offer h100 = offer(provider.offers(), "one/H100_80G_SXM");
        provider.launch(request(h100));

        assertThatThrownBy(() -> provider.launch(request(h100.withGpus(2))))
                .isInstanceOf(ProviderFailure.NoCapacity.class)
                .hasMessageContaining("1 of 2 free");
    }

    @Test
    void a_host_with_very_many_gpus_gives_out_every_one_of_them() {
        DockerProvider provider = provider("hosts.one.uri", ONE.uri().toString(), "hosts.one.gpus", "T4:600");
        Offer t4 = offer(provider.offers(), "one/T4_16G_PCIe");
        for (int i = 0; i < 75; i++) {
            provider.launch(request(t4.withGpus(8)));
        }

        assertThat(offer(provider.offers(), "one/T4_16G_PCIe").free()).hasValue(0);
        assertThatThrownBy(() -> provider.launch(request(t4)))
                .isInstanceOf(ProviderFailure.NoCapacity.class)
                .hasMessageContaining("0 of 600 free");
    }

    @Test
    void a_dead_engine_gives_out_no_lease() {
        DockerProvider provider = twoHosts();
        LaunchRequest request = request(offer(provider.offers(), "one/T4_16G_PCIe"));
        engines.dead.add(ONE);

        assertThatThrownBy(() -> provider.launch(request)).isInstanceOf(ProviderFailure.Unavailable.class);

        engines.dead.clear();
        assertThat(provider.machines()).isEmpty();
    }

    @Test
    void one_dead_host_hides_only_its_own_offers_but_no_listing_is_complete_without_it() {
        DockerProvider provider = twoHosts();
        engines.dead.add(ONE);

        assertThat(provider.offers()).allMatch(offer -> offer.reference().startsWith("two/"));
        assertThatThrownBy(provider::machines).isInstanceOf(ProviderFailure.Unavailable.class);

        engines.dead.add(TWO);
        assertThatThrownBy(provider::offers).isInstanceOf(ProviderFailure.Unavailable.class);
    }

    @Test
    void destroy_removes_the_machine_s_containers_before_its_gpus_are_free_again() {
        DockerProvider provider = twoHosts();
        LaunchRequest request =
                request(offer(provider.offers(), "one/H100_80G_SXM").withGpus(2));
        provider.launch(request);
        run(ONE, "session", request.tag());
        UUID other = UUID.randomUUID();
        run(ONE, "other", other);
        List<Integer> freeAtRemove = new ArrayList<>();
        engines.onRemove = _ -> freeAtRemove.add(
                offer(provider.offers(), "one/H100_80G_SXM").free().getAsInt());

        provider.destroy(request.tag());
        provider.destroy(request.tag());

        assertThat(freeAtRemove).containsExactly(0);
        assertThat(engines.on(ONE)).containsOnlyKeys("other");
        assertThat(offer(provider.offers(), "one/H100_80G_SXM").free()).hasValue(2);
        assertThat(provider.machines()).extracting(Machine::tag).containsExactly(other);
    }

    @Test
    void destroy_keeps_the_lease_while_the_engine_does_not_answer() {
        DockerProvider provider = twoHosts();
        LaunchRequest request = request(offer(provider.offers(), "one/H100_80G_SXM"));
        provider.launch(request);
        engines.dead.add(ONE);

        assertThatThrownBy(() -> provider.destroy(request.tag())).isInstanceOf(ProviderFailure.Unavailable.class);

        engines.dead.clear();
        assertThat(provider.machines()).extracting(Machine::tag).containsExactly(request.tag());
    }

    @Test
    void a_launch_that_comes_after_the_machine_s_end_does_not_make_it_again() {
        DockerProvider provider = twoHosts();
        LaunchRequest request = request(offer(provider.offers(), "one/T4_16G_PCIe"));
        provider.launch(request);
        provider.destroy(request.tag());

        assertThatThrownBy(() -> provider.launch(request)).isInstanceOf(ProviderFailure.InvalidRequest.class);
        assertThat(provider.machines()).isEmpty();
    }

    @Test
    void a_launch_that_comes_after_its_tag_was_destroyed_takes_no_gpu() {
        DockerProvider provider = twoHosts();
        LaunchRequest request = request(offer(provider.offers(), "one/T4_16G_PCIe"));
        engines.dead.add(TWO);
        provider.destroy(request.tag());

        assertThatThrownBy(() -> provider.launch(request)).isInstanceOf(ProviderFailure.InvalidRequest.class);
        assertThat(offer(provider.offers(), "one/T4_16G_PCIe").free()).hasValue(4);
    }

    @Test
    void a_silent_host_hides_the_end_of_its_own_machines_and_of_no_others() {
        DockerProvider provider = twoHosts();
        LaunchRequest onOne = request(offer(provider.offers(), "one/T4_16G_PCIe"));
        LaunchRequest onTwo = request(offer(provider.offers(), "two/T4_16G_PCIe"));
        LaunchRequest livesOnOne = request(offer(provider.offers(), "one/T4_16G_PCIe"));
        List.of(onOne, onTwo, livesOnOne).forEach(provider::launch);
        provider.destroy(onOne.tag());
        provider.destroy(onTwo.tag());
        engines.dead.add(ONE);

        Listing listing = provider.listing();

        assertThat(listing.machines()).extracting(Machine::tag).containsExactly(livesOnOne.tag());
        assertThat(listing.provesAbsent().test(onTwo.tag())).isTrue();
        assertThat(listing.provesAbsent().test(onOne.tag())).isFalse();
        assertThat(listing.provesAbsent().test(UUID.randomUUID()))
                .as("never launched")
                .isTrue();
        engines.dead.clear();
        assertThat(provider.listing().provesAbsent().test(onOne.tag())).isTrue();
    }

    @Test
    void a_drained_host_is_offered_to_nobody_keeps_what_runs_and_is_removed_only_when_empty() {
        DockerFleet fleet = new DockerFleet(database, CLOCK);
        String key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILSiKKOz95sey1lWJ4hqpXhE4r/hpSowrgseQPmCcxFv";
        database.useTransaction(tx -> fleet.add(tx, "ssh://root@10.0.0.5", key, "far", null, "T4:2"));
        DockerProvider provider = twoHosts();
        Offer t4 = offer(provider.offers(), "far/T4_16G_PCIe");
        assertThat(t4.location()).isEqualTo("far");
        LaunchRequest running = request(t4);
        provider.launch(running);
        assertThatThrownBy(() -> database.useTransaction(tx -> fleet.remove(tx, "far")))
                .hasMessageContaining("1 sessions have a machine");

        database.useTransaction(tx -> fleet.drain(tx, "far"));

        assertThat(provider.offers()).noneMatch(offer -> offer.reference().startsWith("far/"));
        assertThatThrownBy(() -> provider.launch(request(t4))).isInstanceOf(ProviderFailure.NoCapacity.class);
        assertThat(provider.machines()).extracting(Machine::tag).containsExactly(running.tag());
        provider.destroy(running.tag());
        database.useTransaction(tx -> fleet.resume(tx, "far"));
        assertThatThrownBy(() -> database.useTransaction(tx -> fleet.remove(tx, "far")))
                .hasMessageContaining("drain it first");
        database.useTransaction(tx -> fleet.drain(tx, "far"));
        database.useTransaction(tx -> fleet.remove(tx, "far"));
        assertThat(fleet.list()).isEmpty();
    }

    @Test
    void an_address_that_is_none_and_an_ssh_host_without_its_key_stop_the_start() {
        assertThatThrownBy(() -> provider("hosts.one.uri", "tcp://10.0.0.1"))
                .hasMessageContaining("mimiry.docker.hosts.one.uri")
                .hasMessageContaining("is no address of a container engine");
        assertThatThrownBy(() -> provider("hosts.one.uri", "ssh://root@10.0.0.5"))
                .hasMessageContaining("mimiry.docker.hosts.one.host-key is not set");
    }

    @Test
    void a_container_of_ours_without_a_lease_is_listed_and_can_be_destroyed() {
        DockerProvider provider = twoHosts();
        UUID lost = UUID.randomUUID();
        run(TWO, "lost", lost);
        engines.add(
                TWO,
                "foreign",
                Map.of(
                        MachineLabels.DEPLOYMENT,
                        UUID.randomUUID().toString(),
                        MachineLabels.MACHINE,
                        UUID.randomUUID().toString()));

        assertThat(provider.machines()).extracting(Machine::tag).containsExactly(lost);

        provider.destroy(lost);
        assertThat(engines.on(TWO)).containsOnlyKeys("foreign");
        assertThat(provider.machines()).isEmpty();
    }

    @Test
    void a_machine_outlives_the_removal_of_its_host_from_the_configuration() {
        LaunchRequest request = request(offer(twoHosts().offers(), "one/T4_16G_PCIe"));
        twoHosts().launch(request);
        run(ONE, "session", request.tag());
        DockerProvider without = provider("hosts.two.uri", TWO.uri().toString());

        assertThat(without.machines()).extracting(Machine::tag).containsExactly(request.tag());

        without.destroy(request.tag());
        assertThat(engines.on(ONE)).isEmpty();
        assertThat(without.machines()).isEmpty();
    }

    @Test
    void no_gpu_is_given_to_two_machines_however_many_launch_at_once_on_two_replicas() throws Exception {
        DockerProvider[] replicas = {sixteen(), sixteen()};
        Offer t4 = offer(replicas[0].offers(), "one/T4_16G_PCIe");
        List<Callable<Integer>> launches = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            DockerProvider replica = replicas[i % 2];
            int gpus = 1 + i % 3;
            launches.add(() -> {
                try {
                    replica.launch(request(t4.withGpus(gpus)));
                    return gpus;
                } catch (ProviderFailure.NoCapacity _) {
                    return 0;
                }
            });
        }

        int given = all(launches).stream().mapToInt(Integer::intValue).sum();

        assertThat(given).isBetween(14, 16);
        assertThat(leasedGpus()).hasSize(given);
        assertThat(offer(replicas[1].offers(), "one/T4_16G_PCIe").free()).hasValue(16 - given);
    }

    @Test
    void one_tag_launched_many_times_at_once_is_one_machine() throws Exception {
        DockerProvider[] replicas = {sixteen(), sixteen()};
        LaunchRequest request =
                request(offer(replicas[0].offers(), "one/T4_16G_PCIe").withGpus(2));
        List<Callable<Machine>> launches = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            DockerProvider replica = replicas[i % 2];
            launches.add(() -> replica.launch(request));
        }

        assertThat(new HashSet<>(all(launches))).hasSize(1);
        assertThat(leasedGpus()).hasSize(2);
    }

    @Test
    void a_deployment_has_one_id_for_ever_and_another_database_another() {
        assertThat(new DeploymentId(database, UUID::randomUUID).get()).isEqualTo(deployment.get());
        assertThat(new DeploymentId(TestDatabase.create(), UUID::randomUUID).get())
                .isNotEqualTo(deployment.get());
    }

    @Test
    void a_share_without_gpus_can_be_launched() {
        DockerProvider provider = twoHosts();

        Machine machine = provider.launch(request(offer(provider.offers(), "one/cpu")));

        assertThat(machine.gpuIds()).isEmpty();
        assertThat(machine.limits().memoryBytes()).isEqualTo(2L << 30);
    }

    private List<String> leasedGpus() {
        return database.read(tx -> tx.handle()
                .createQuery("select gpu from gpu_lease")
                .mapTo(String.class)
                .list());
    }

    private static <T> List<T> all(List<Callable<T>> calls) throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(calls)) {
                results.add(result.get());
            }
            return results;
        }
    }

    private void run(EngineAddress engine, String name, UUID tag) {
        engines.add(engine, name, MachineLabels.of(deployment.get(), tag, UUID.randomUUID()));
    }

    private DockerProvider twoHosts() {
        return provider(
                "hosts.one.uri",
                ONE.uri().toString(),
                "hosts.one.gpus",
                "T4:4, H100:2",
                "hosts.one.location",
                "RACK-1",
                "hosts.two.uri",
                TWO.uri().toString(),
                "hosts.two.gpus",
                "t4");
    }

    private DockerProvider sixteen() {
        return provider("hosts.one.uri", ONE.uri().toString(), "hosts.one.gpus", "T4:16");
    }

    private DockerProvider provider(String... keysAndValues) {
        DockerConfig config = Configs.docker(keysAndValues);
        DockerHosts hosts = new DockerHosts(config, new KnownGpus(), database);
        return new DockerProvider(config, new KnownGpus(), hosts, engines, database, deployment, CLOCK);
    }

    private String nvidiaSmi(String... lines) throws IOException {
        return script("cat <<END\n" + String.join("\n", lines) + "\nEND");
    }

    private String script(String body) throws IOException {
        Path file = Files.createTempFile(
                directory,
                "nvidia-smi",
                ".sh",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return Files.writeString(file, "#!/bin/sh\n" + body + "\n").toString();
    }

    private static LaunchRequest request(Offer offer) {
        Offer sized = offer.gpuCount() == 0 ? offer : offer.withGpus(offer.gpuCount());
        return new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), sized);
    }

    private static Offer offer(List<Offer> offers, String reference) {
        return offers.stream()
                .filter(offer -> offer.reference().equals(reference))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + reference + " in " + offers));
    }
}
