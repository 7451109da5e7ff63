package com.mimiry.providers.verda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.containers.SshAccess.Login;
import com.mimiry.containers.TestEngines;
import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.FreePort;
import com.mimiry.platform.Ids;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.Provider.MachineState;
import com.mimiry.simulator.verda.Boot;
import com.mimiry.simulator.verda.SshdMachines;
import com.mimiry.simulator.verda.VerdaEmulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The startup script on machines that are real: OpenSSH's server, its files, and a Docker engine behind it. */
class VerdaMachineBootTest {
    private final Database database = TestDatabase.create();
    private final VerdaClientKey clientKey = new VerdaClientKey(database, VerdaFixture.SECRETS);

    @TempDir
    private Path directory;

    private int port;
    private VerdaEmulator emulator;
    private VerdaProvider provider;

    @BeforeEach
    void start() {
        port = FreePort.any();
        emulator = VerdaEmulator.start(
                0,
                Clocks.utc(),
                new SshdMachines(directory.resolve("machines"), port, Path.of("/var/run/docker.sock")));
        provider = new VerdaProvider(
                TestConfig.of(
                        VerdaConfig.class,
                        Map.of(
                                "mimiry.providers.verda.client-id",
                                VerdaEmulator.CLIENT_ID,
                                "mimiry.providers.verda.client-secret",
                                VerdaEmulator.CLIENT_SECRET,
                                "mimiry.providers.verda.base-url",
                                emulator.url(),
                                "mimiry.providers.verda.ssh-port",
                                Integer.toString(port),
                                "mimiry.providers.verda.lists-per-minute",
                                "120")),
                database,
                new DeploymentId(database, Ids.random()),
                VerdaFixture.SECRETS,
                Clocks.utc(),
                clientKey,
                address -> {
                    throw new com.mimiry.containers.EngineException.Unreachable("not asked here", null);
                });
    }

    @AfterEach
    void stop() {
        emulator.close();
    }

    @Test
    void a_machine_shows_the_host_key_that_we_made_lets_us_in_and_has_docker() throws Exception {
        Machine machine = booted();
        String hostKey = hostKey(machine);
        Ran ran = ssh(address(machine), hostKey, "docker", "version", "--format", "{{.Server.Version}}");
        assertThat(ran.output).as(ran.output).matches("(?s)\\d+\\..*");
        assertThat(ran.exitCode).isZero();
    }

    @Test
    void a_machine_with_another_host_key_is_not_ours() throws Exception {
        Machine machine = booted();
        Ran ran = ssh(address(machine), VerdaKey.make().publicKey(), "true");
        assertThat(ran.exitCode).isEqualTo(255);
        assertThat(ran.output).contains("Host key verification failed");
    }

    @Test
    void a_machine_keeps_its_key_at_another_address() throws Exception {
        Machine machine = booted();
        emulator.account().changeAddress(machine.reference());
        Machine moved = provider.machines().getFirst();
        assertThat(moved.engine()).isEqualTo(machine.engine());
        assertThat(ssh(address(moved), hostKey(machine), "echo", "here").output).isEqualTo("here\n");
    }

    @Test
    void a_machine_without_docker_lets_us_in_and_has_no_engine() throws Exception {
        emulator.account().boot(Boot.QUICK.with(Boot.Plan.NO_DOCKER));
        Machine machine = booted();
        Ran ran = ssh(address(machine), hostKey(machine), "docker", "version");
        assertThat(ran.exitCode).isNotZero();
        assertThat(ran.output).contains("docker");
    }

    @Test
    void a_machine_that_was_destroyed_answers_no_more() throws Exception {
        Machine machine = booted();
        provider.destroy(machine.tag());
        await().atMost(Duration.ofSeconds(10)).until(() -> provider.machines().isEmpty());
        assertThat(ssh(address(machine), hostKey(machine), "true").output).contains("refused");
    }

    @Test
    void the_engine_of_a_machine_is_reached_through_ssh_and_found_again_after_a_move() {
        Machine machine = booted();
        Engines engines = engines();
        assertThat(engines.connect(machine.engine()).info().version()).isNotEmpty();
        emulator.account().changeAddress(machine.reference());
        await().atMost(Duration.ofSeconds(15))
                .ignoreExceptionsInstanceOf(EngineException.Unreachable.class)
                .until(() -> !engines.connect(machine.engine()).info().version().isEmpty());
    }

    @Test
    void a_machine_without_docker_is_an_engine_that_does_not_answer() {
        emulator.account().boot(Boot.QUICK.with(Boot.Plan.NO_DOCKER));
        Machine machine = booted();
        assertThatThrownBy(() -> engines().connect(machine.engine()).info())
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("/var/run/docker.sock");
    }

    @Test
    void an_engine_behind_another_host_key_is_not_talked_to() {
        Machine machine = booted();
        String another = VerdaKey.make().publicKey();
        Function<EngineAddress, Optional<Login>> wrong = address ->
                logins().login(address).map(right -> new Login(List.of(another), right.privateKeys(), right.host()));
        assertThatThrownBy(
                        () -> TestEngines.real(wrong).connect(machine.engine()).info())
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining("its host key is not the pinned one");
    }

    private Engines engines() {
        return TestEngines.real(logins()::login);
    }

    private VerdaLogins logins() {
        return new VerdaLogins(database, clientKey, () -> provider.machines());
    }

    private Machine booted() {
        LaunchRequest request = new LaunchRequest(
                UUID.randomUUID(),
                UUID.randomUUID(),
                provider.offers().stream()
                        .filter(offer -> offer.reference().equals(VerdaFixture.KIND))
                        .findFirst()
                        .orElseThrow());
        provider.launch(request);
        List<Machine> running = new ArrayList<>();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            running.clear();
            provider.machines().stream()
                    .filter(machine -> machine.state() == MachineState.RUNNING)
                    .forEach(running::add);
            return !running.isEmpty();
        });
        await().atMost(Duration.ofSeconds(20))
                .until(() -> ssh(address(running.getFirst()), hostKey(running.getFirst()), "true").exitCode == 0);
        return running.getFirst();
    }

    private String hostKey(Machine machine) {
        return database.read(tx -> new VerdaMachineStore().find(tx, machine.tag()))
                .orElseThrow()
                .hostPublicKey();
    }

    private String address(Machine machine) {
        return emulator.account().addressOf(machine.reference());
    }

    private record Ran(int exitCode, String output) {}

    private Ran ssh(String address, String hostKey, String... command) throws IOException, InterruptedException {
        Path key = directory.resolve("client-key");
        if (!Files.exists(key)) {
            Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(key, clientKey.get().privateKey().reveal());
        }
        Path known = directory.resolve("known-" + UUID.randomUUID());
        Files.writeString(known, "[" + address + "]:" + port + " " + hostKey + "\n");
        List<String> call = new ArrayList<>(
                List.of("ssh", "-F", "none", "-i", key.toString(), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"));
        call.addAll(List.of("-o", "UserKnownHostsFile=" + known, "-o", "GlobalKnownHostsFile=none"));
        call.addAll(List.of("-o", "StrictHostKeyChecking=yes", "-p", Integer.toString(port), "root@" + address));
        call.addAll(List.of(command));
        Process process = new ProcessBuilder(call).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), output);
    }
}
