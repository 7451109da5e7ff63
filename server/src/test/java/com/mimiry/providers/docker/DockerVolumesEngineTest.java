package com.mimiry.providers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.Engines;
import com.mimiry.containers.RealEngines;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Held;
import com.mimiry.providers.VolumeProvider.Place;
import com.mimiry.providers.VolumeProvider.Request;
import com.mimiry.providers.VolumeProvider.State;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Volumes on this machine's own engine and disk. */
class DockerVolumesEngineTest {
    private static final EngineAddress ADDRESS = EngineAddress.of("unix:///var/run/docker.sock");

    private final Path directory = Path.of("/var/tmp/mimiry-volumes-test-" + UUID.randomUUID());
    private final Database database = TestDatabase.create();
    private final DeploymentId deployment = new DeploymentId(database, UUID::randomUUID);
    private final Engines engines = new RealEngines();
    private final DockerProvider provider = provider(directory);
    private final VolumeProvider volumes = provider.volumes().orElseThrow();

    private DockerProvider provider(Path where, String... more) {
        List<String> keys = new ArrayList<>(List.of(
                "hosts.here.uri",
                ADDRESS.uri().toString(),
                "hosts.here.gpus",
                "T4:4",
                "hosts.there.uri",
                ADDRESS.uri().toString(),
                "hosts.there.gpus",
                "T4:4",
                "volumes.directory",
                where.toString()));
        keys.addAll(List.of(more));
        DockerConfig config = Configs.docker(keys.toArray(String[]::new));
        return new DockerProvider(
                config,
                new KnownGpus(),
                new DockerHosts(config, new KnownGpus(), database),
                engines,
                database,
                deployment,
                Clock.systemUTC());
    }

    @AfterEach
    void removeEverything() throws IOException, InterruptedException {
        new ProcessBuilder(
                        "sh",
                        "-c",
                        "for m in $(grep -o \" $1/[^ ]*\" /proc/mounts); do umount \"$m\"; done; rm -rf \"$1\"",
                        "sh",
                        directory.toString())
                .inheritIO()
                .start()
                .waitFor();
    }

    private Request request(UUID tag, int sizeGb) {
        return new Request(tag, sizeGb, "LOCAL-01", "xfs", "here");
    }

    private UUID made(int sizeGb) {
        UUID tag = UUID.randomUUID();
        volumes.create(request(tag, sizeGb));
        return tag;
    }

    private Path image(UUID tag) {
        return directory.resolve(deployment.get().toString()).resolve(tag + ".img");
    }

    private Offer offer(String host) {
        return provider.offers().stream()
                .filter(each -> each.reference().equals(host + "/T4_16G_PCIe"))
                .findFirst()
                .orElseThrow()
                .withGpus(1);
    }

    @Test
    void one_tag_made_many_times_at_once_is_one_volume_with_its_room_taken_from_the_disk() throws Exception {
        UUID tag = UUID.randomUUID();
        List<Callable<Held>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(() -> volumes.create(request(tag, 1)));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<Held> held : threads.invokeAll(calls)) {
                assertThat(held.get().tag()).isEqualTo(tag);
            }
        }
        assertThat(volumes.volumes()).singleElement().satisfies(held -> {
            assertThat(held.tag()).isEqualTo(tag);
            assertThat(held.state()).isEqualTo(State.READY);
            assertThat(held.sizeGb()).isEqualTo(1);
            assertThat(held.reference()).isEqualTo("here/" + tag);
        });
        assertThat(Files.size(image(tag))).isEqualTo(1L << 30);
        assertThat(allocated(image(tag))).isGreaterThanOrEqualTo(1L << 30);
    }

    private static long allocated(Path file) throws IOException, InterruptedException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes()).strip();
        stat.waitFor();
        return Long.parseLong(blocks) * 512;
    }

    @Test
    void a_destroyed_volume_is_gone_and_its_tag_is_never_made_again() {
        UUID tag = made(1);
        volumes.destroy(tag);
        volumes.destroy(tag);

        assertThat(volumes.volumes()).isEmpty();
        assertThat(image(tag)).doesNotExist();
        assertThatThrownBy(() -> volumes.create(request(tag, 1)))
                .isInstanceOf(ProviderFailure.InvalidRequest.class)
                .hasMessageContaining("has ended");
    }

    @Test
    void half_a_volume_is_listed_as_such_and_finished_by_the_next_call() throws IOException {
        UUID tag = made(1);
        Path making = Path.of(image(tag).toString().replace(".img", ".making"));
        Files.move(image(tag), making);
        try (RandomAccessFile file = new RandomAccessFile(making.toFile(), "rw")) {
            file.write(new byte[1 << 20]);
        }
        assertThat(volumes.volumes()).singleElement().extracting(Held::state).isEqualTo(State.MAKING);

        assertThat(volumes.create(request(tag, 1)).state()).isEqualTo(State.READY);
        assertThat(volumes.volumes()).singleElement().extracting(Held::state).isEqualTo(State.READY);
        assertThat(making).doesNotExist();
    }

    @Test
    void contents_stay_where_a_machine_ends_and_another_begins() throws IOException {
        UUID tag = made(1);
        UUID one = UUID.randomUUID();
        provider.launch(new LaunchRequest(
                one, UUID.randomUUID(), offer("here"), List.of(new VolumeProvider.Attachment(tag, "here/" + tag))));
        String place = volumes.mount(one, ADDRESS, List.of(tag)).getFirst();
        assertThat(volumes.mount(one, ADDRESS, List.of(tag))).containsExactly(place);
        Files.writeString(Path.of(place, "file"), "kept");
        FileStore store = Files.getFileStore(Path.of(place));
        assertThat(store.type()).isEqualTo("xfs");
        assertThat(store.getTotalSpace()).isBetween(900L << 20, 1024L << 20);

        assertThatThrownBy(() -> volumes.mount(UUID.randomUUID(), ADDRESS, List.of(tag)))
                .as("another machine's while the first is not gone")
                .isInstanceOf(ProviderFailure.InvalidRequest.class);
        provider.destroy(one);
        assertThat(Path.of(place)).as("unmounted").doesNotExist();

        UUID two = UUID.randomUUID();
        volumes.mount(two, ADDRESS, List.of(tag));
        assertThat(Path.of(place, "file")).hasContent("kept");
        provider.destroy(two);
    }

    @Test
    void a_volume_grows_mounted_and_unmounted_and_never_shrinks() throws IOException {
        UUID tag = made(1);
        UUID machine = UUID.randomUUID();
        volumes.resize(tag, 2);
        String place = volumes.mount(machine, ADDRESS, List.of(tag)).getFirst();
        assertThat(Files.getFileStore(Path.of(place)).getTotalSpace()).isGreaterThan(1900L << 20);
        Files.writeString(Path.of(place, "file"), "kept");

        volumes.resize(tag, 3);
        volumes.resize(tag, 3);
        volumes.resize(tag, 1);

        assertThat(Files.getFileStore(Path.of(place)).getTotalSpace()).isGreaterThan(2900L << 20);
        assertThat(Path.of(place, "file")).hasContent("kept");
        assertThat(volumes.volumes()).singleElement().extracting(Held::sizeGb).isEqualTo(3);
        provider.destroy(machine);
    }

    @Test
    void no_more_is_promised_than_the_disk_has_however_many_ask_at_once() throws Exception {
        long free = volumes.places().getFirst().freeGb();
        // Of this many gigabytes, exactly three times one are let in.
        DockerProvider tight = provider(directory, "volumes.keep-free", (free + 5 - 3) * (1L << 30) + "");
        VolumeProvider scarce = tight.volumes().orElseThrow();
        Place place = scarce.places().stream()
                .filter(each -> each.place().equals("here"))
                .findFirst()
                .orElseThrow();
        assertThat(place.freeGb()).isBetween(2L, 3L);
        int room = (int) place.freeGb();
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            calls.add(() -> {
                try {
                    scarce.create(request(UUID.randomUUID(), 1));
                    return true;
                } catch (ProviderFailure.NoCapacity _) {
                    return false;
                }
            });
        }
        int made = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            for (Future<Boolean> done : threads.invokeAll(calls)) {
                made += done.get() ? 1 : 0;
            }
        }
        assertThat(made).isBetween(room - 1, room);
        assertThat(volumes.volumes()).hasSize(made);
        assertThat(place.hasRoomFor(room + 1)).isFalse();
    }

    @Test
    void a_volume_stays_on_its_host() {
        UUID tag = made(1);
        String reference = volumes.volumes().getFirst().reference();

        assertThat(volumes.attachable(reference, "LOCAL-01", offer("here"))).isTrue();
        assertThat(volumes.attachable(reference, "LOCAL-01", offer("there")))
                .as("the same location, another host")
                .isFalse();
        assertThatThrownBy(() -> provider.launch(new LaunchRequest(
                        UUID.randomUUID(),
                        UUID.randomUUID(),
                        offer("there"),
                        List.of(new VolumeProvider.Attachment(tag, reference)))))
                .isInstanceOf(ProviderFailure.InvalidRequest.class);
    }

    @Test
    void another_deployments_volumes_are_neither_listed_nor_touched() {
        UUID tag = made(1);
        Database others = TestDatabase.create();
        DockerConfig config =
                Configs.docker("hosts.here.uri", ADDRESS.uri().toString(), "volumes.directory", directory.toString());
        VolumeProvider neighbour = new DockerProvider(
                        config,
                        new KnownGpus(),
                        new DockerHosts(config, new KnownGpus(), others),
                        engines,
                        others,
                        new DeploymentId(others, UUID::randomUUID),
                        Clock.systemUTC())
                .volumes()
                .orElseThrow();

        assertThat(neighbour.volumes()).isEmpty();
        neighbour.destroy(tag);
        assertThat(volumes.volumes()).hasSize(1);
    }

    @Test
    void a_silent_host_hides_neither_the_volumes_nor_the_room_of_others() {
        UUID tag = made(1);
        VolumeProvider broken = provider(directory, "hosts.gone.uri", "unix:///nonexistent.sock")
                .volumes()
                .orElseThrow();

        assertThat(broken.listing().volumes()).extracting(Held::tag).containsExactly(tag);
        assertThat(broken.listing().gaps()).contains("/nonexistent.sock");
        assertThatThrownBy(broken::volumes).isInstanceOf(ProviderFailure.Unavailable.class);
        assertThat(broken.places())
                .anySatisfy(place -> assertThat(place.unusable()).contains("gone"))
                .anySatisfy(place -> assertThat(place.unusable()).isEmpty());
    }
}
