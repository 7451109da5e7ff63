package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The engine's calls against a real dockerd. */
class DockerEngineTest {
    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    @Test
    void a_containers_life_is_shown_as_it_goes() {
        ContainerSpec spec = HOST.spec().build();
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Absent.class);
        HOST.engine.create(spec);
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Created.class);
        HOST.engine.start(spec.name());
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Running.class);
        HOST.engine.signal(spec.name(), "TERM");
        ContainerStatus.Exited exited = HOST.awaitExit(spec.name());
        assertThat(exited.finishedAt()).isAfter(exited.startedAt()).isAfter(Instant.EPOCH);
        HOST.engine.remove(spec.name());
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Absent.class);
    }

    @Test
    void every_step_may_be_repeated() {
        ContainerSpec spec = HOST.spec().build();
        HOST.engine.create(spec);
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        HOST.engine.start(spec.name());
        HOST.engine.create(spec);
        HOST.engine.signal(spec.name(), "TERM");
        HOST.awaitExit(spec.name());
        HOST.engine.signal(spec.name(), "TERM");
        HOST.engine.remove(spec.name());
        HOST.engine.remove(spec.name());
        HOST.engine.signal(spec.name(), "TERM");
    }

    @Test
    void what_is_not_there_is_not_found() {
        String name = HOST.newName();
        assertThatThrownBy(() -> HOST.engine.start(name)).isInstanceOf(EngineException.NotFound.class);
        assertThatThrownBy(() -> HOST.engine.logs(name, null, false, entry -> {}))
                .isInstanceOf(EngineException.NotFound.class);
        assertThatThrownBy(() -> HOST.exec(name, "true")).isInstanceOf(EngineException.NotFound.class);
        ContainerSpec spec =
                HOST.spec().image("mimiry-nosuch-" + UUID.randomUUID() + ":1").build();
        assertThatThrownBy(() -> HOST.engine.create(spec)).isInstanceOf(EngineException.NotFound.class);
        assertThat(HOST.engine.image("mimiry-nosuch:1")).isEmpty();
    }

    @Test
    void an_ended_container_takes_no_exec() {
        String name = HOST.started("true");
        HOST.awaitExit(name);
        assertThatThrownBy(() -> HOST.exec(name, "true")).isInstanceOf(EngineException.Conflict.class);
    }

    @Test
    void the_list_holds_all_with_the_labels_and_no_others() {
        String mark = UUID.randomUUID().toString();
        Map<String, String> labels = Map.of("com.mimiry.containers.test", HOST.run, "mark", mark);
        ContainerSpec created = new Spec(HOST.newName(), TestEngine.IMAGE, labels).build();
        ContainerSpec running = new Spec(HOST.newName(), TestEngine.IMAGE, labels).build();
        HOST.engine.create(created);
        HOST.engine.create(running);
        HOST.engine.create(HOST.spec().build());
        HOST.engine.start(running.name());
        List<ContainerEngine.ContainerSummary> found = HOST.engine.list(labels);
        assertThat(found)
                .extracting(ContainerEngine.ContainerSummary::name)
                .containsExactlyInAnyOrder(created.name(), running.name());
        assertThat(found)
                .filteredOn(ContainerEngine.ContainerSummary::running)
                .singleElement()
                .satisfies(summary -> {
                    assertThat(summary.name()).isEqualTo(running.name());
                    assertThat(summary.labels()).containsAllEntriesOf(labels);
                    assertThat(summary.createdAt()).isAfter(Instant.EPOCH);
                });
    }

    @Test
    void a_container_has_six_capabilities_and_gains_none() throws IOException {
        String name = HOST.idle();
        String status = HOST.exec(name, "cat", "/proc/self/status").stdout();
        // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, SETGID 6, SETUID 7
        assertThat(status).contains("CapBnd:\t00000000000000db").contains("CapEff:\t00000000000000db");
        assertThat(status).contains("NoNewPrivs:\t1");
        assertThat(HOST.exec(name, "sh", "-c", "touch /tmp/a /b && echo ok").stdout())
                .isEqualTo("ok\n");
        assertThat(HOST.exec(name, "sh", "-c", "touch /.mimiry/x").exitCode()).isNotZero();
    }

    @Test
    void one_container_cannot_reach_another() throws IOException {
        String server = HOST.started("echo hello > /tmp/index.html; httpd -f -p 8000 -h /tmp");
        String client = HOST.idle();
        String address = HOST.exec(server, "sh", "-c", "hostname -i").stdout().strip();
        String gateway = HOST.exec(client, "sh", "-c", "ip route | awk '/default/ {print $3}'")
                .stdout()
                .strip();
        assertThat(HOST.exec(server, "sh", "-c", "nc -w 2 127.0.0.1 8000 </dev/null && echo open")
                        .stdout())
                .contains("open");
        assertThat(HOST.exec(client, "sh", "-c", "nc -w 2 " + address + " 8000 </dev/null && echo open")
                        .stdout())
                .doesNotContain("open");
        assertThat(HOST.exec(client, "sh", "-c", "nc -w 2 " + gateway + " 1 </dev/null; echo asked")
                        .stdout())
                .contains("asked");
    }

    @Test
    void memory_is_limited_and_a_kill_for_it_is_named() {
        ContainerSpec spec = HOST.spec()
                .command("head -c 200000000 /dev/zero | tail -c 190000000 | wc -c")
                .limits(32L * 1024 * 1024, 64)
                .build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.awaitExit(spec.name()).outOfMemory()).isTrue();
    }

    @Test
    void processes_are_limited() {
        ContainerSpec spec = HOST.spec()
                .command("for i in $(seq 60); do sleep 20 & done; wait")
                .limits(0, 20)
                .build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.awaitExit(spec.name()).exitCode()).isNotZero();
        assertThat(HOST.output(spec.name())).contains("fork");
    }

    @Test
    void many_may_prepare_at_once() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = IntStream.range(0, 6)
                    .<Future<?>>mapToObj(i -> threads.submit(
                            () -> TestEngine.connect(Duration.ofSeconds(60)).prepare()))
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    @Test
    void the_engine_tells_what_it_is() {
        ContainerEngine.EngineInfo info = HOST.engine.info();
        assertThat(info.version()).isNotEmpty();
        assertThat(info.cpus()).isPositive();
        assertThat(info.memoryBytes()).isGreaterThan(1_000_000_000L);
    }

    @Test
    void the_images_user_and_directory_are_kept() throws IOException {
        String image = "mimiry-containers-test:user-" + UUID.randomUUID();
        TestEngine.load(
                image,
                TestEngine.rootFileSystem(TestEngine.TOOLS),
                "ENV PATH=/bin",
                "USER 1000:1000",
                "WORKDIR /work",
                "ENV FROM_IMAGE=yes");
        try {
            ContainerSpec spec = HOST.spec()
                    .image(image)
                    .command("id -u; pwd; echo $FROM_IMAGE; exit 3")
                    .build();
            HOST.engine.create(spec);
            HOST.engine.start(spec.name());
            HOST.awaitExit(spec.name());
            assertThat(HOST.output(spec.name())).startsWith("1000\n/work\nyes\n");
            assertThat(HOST.reports(spec.name())).hasSize(1);
            ContainerEngine.ImageInfo info = HOST.engine.image(image).orElseThrow();
            assertThat(HOST.engine.imageIds()).contains(info.id());
            assertThat(info.user()).isEqualTo("1000:1000");
            assertThat(info.workingDir()).isEqualTo("/work");
            assertThat(info.environment()).containsEntry("FROM_IMAGE", "yes");
        } finally {
            HOST.removeAll();
            TestEngine.http().call(EngineRequest.delete("/images/" + image));
        }
    }

    @Test
    void a_gpu_that_the_host_cannot_give_is_refused_in_the_engines_words() {
        assumeThat(HOST.engine.info().gpuRuntime()).isFalse();
        ContainerSpec spec = HOST.spec().gpus(List.of("0")).build();
        HOST.engine.create(spec);
        assertThatThrownBy(() -> HOST.engine.start(spec.name()))
                .isInstanceOf(EngineException.Rejected.class)
                .hasMessageContaining("device driver");
        assertThat(HOST.engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Exited.class);
    }

    @Test
    void without_gpus_of_its_own_a_container_is_shown_none() throws IOException {
        ContainerSpec spec =
                HOST.spec().environment(Map.of("NVIDIA_VISIBLE_DEVICES", "all")).build();
        HOST.engine.create(spec);
        HOST.engine.start(spec.name());
        assertThat(HOST.exec(spec.name(), "sh", "-c", "echo $NVIDIA_VISIBLE_DEVICES")
                        .stdout())
                .isEqualTo("void\n");
    }

    @Test
    void an_init_volume_that_was_cleaned_away_is_filled_again() throws IOException {
        assertHealed(false, volume -> TestEngine.http().call(EngineRequest.delete("/volumes/" + volume)));
    }

    @Test
    void an_init_that_was_copied_only_half_is_replaced_by_the_next_server() throws IOException {
        assertHealed(true, volume -> {
            String mountpoint = TestEngine.http()
                    .call(EngineRequest.get("/volumes/" + volume))
                    .path("Mountpoint")
                    .asText();
            Path file = Path.of(mountpoint, "init");
            try {
                Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 20_000));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void what_a_server_left_that_died_while_it_prepared_the_host_holds_nobody_up() throws Exception {
        InitBinary init = initOfItsOwn();
        TestEngine.connect(TestEngine.ADDRESS, Duration.ofSeconds(60), init).prepare();
        ObjectNode left = EngineHttp.JSON.createObjectNode();
        left.put("Image", init.image())
                .putArray("Entrypoint")
                .add(InitBinary.PATH)
                .add("version");
        HostSetup.mountInit(left.putObject("HostConfig").putArray("Mounts"), init, false);
        TestEngine.http()
                .call(EngineRequest.post("/containers/create")
                        .query("name", init.volume() + "-check")
                        .json(left));
        DockerEngine next = TestEngine.connect(TestEngine.ADDRESS, Duration.ofSeconds(60), init);
        try {
            CompletableFuture.runAsync(next::prepare).get(15, TimeUnit.SECONDS);
        } finally {
            forget(init);
        }
    }

    /** Prepares a host with an init of its own kind, damages its volume, and sees whether a container starts. */
    private static void assertHealed(boolean newServer, Consumer<String> damage) throws IOException {
        InitBinary init = initOfItsOwn();
        DockerEngine engine = TestEngine.connect(TestEngine.ADDRESS, Duration.ofSeconds(60), init);
        ContainerSpec spec = HOST.spec().command("echo healed").build();
        try {
            engine.prepare();
            damage.accept(init.volume());
            if (newServer) {
                engine = TestEngine.connect(TestEngine.ADDRESS, Duration.ofSeconds(60), init);
                engine.prepare();
            }
            engine.create(spec);
            engine.start(spec.name());
            assertThat(HOST.awaitExit(spec.name()).exitCode()).isZero();
            assertThat(HOST.output(spec.name())).startsWith("healed\n");
        } finally {
            HOST.removeAll();
            forget(init);
        }
    }

    private static InitBinary initOfItsOwn() throws IOException {
        byte[] bundled = InitBinary.bundled().content();
        byte[] content = Arrays.copyOf(bundled, bundled.length + 16);
        return new InitBinary(UUID.randomUUID().toString().substring(0, 12), content);
    }

    private static void forget(InitBinary init) {
        TestEngine.http().call(EngineRequest.delete("/volumes/" + init.volume()));
        TestEngine.http().call(EngineRequest.delete("/images/" + init.image()));
    }
}
