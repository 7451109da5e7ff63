package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.containers.SshKeyTexts;
import com.mimiry.containers.SshMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fleet of two machines behind OpenSSH's own server: {@code rack-a} of the configuration, with this machine's engine, and
 * {@code rack-b}, added at the terminal, with an engine of its own.
 */
class FleetIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final String VOLUMES = "/api/compute/v1/volumes";
    private static final VolumeDirectory DIRECTORY = VolumeDirectory.anew();

    @TempDir
    private static Path keys;

    private static SshMachine rackA;
    private static SshMachine rackB;
    private static PrivateDocker docker;
    private static MimiryServer server;
    private static TestUser user;

    @BeforeAll
    static void start() throws IOException {
        SshKeyTexts.MadeKey client = SshKeyTexts.make("fleet");
        Path identity = Files.createFile(
                keys.resolve("id"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(identity, client.privateText().reveal());
        rackA = SshMachine.start("127.7.1.1", client.publicLine());
        docker = PrivateDocker.start();
        docker.load(TestImage.name());
        Map<String, String> settings = new HashMap<>();
        settings.put("mimiry.docker.hosts.rack-a.uri", rackA.address().uri().toString());
        settings.put("mimiry.docker.hosts.rack-a.host-key", rackA.hostKey());
        settings.put("mimiry.docker.hosts.rack-a.identity-file", identity.toString());
        settings.put("mimiry.docker.hosts.rack-a.gpus", "T4:4");
        settings.put("mimiry.docker.volumes.directory", DIRECTORY.toString());
        settings.put("mimiry.docker.host-patience", "3s");
        settings.put("mimiry.containers.call-timeout", "3s");
        settings.put("mimiry.containers.ready-networks", "0");
        settings.put("mimiry.sweep.interval", "2s");
        settings.put("mimiry.sessions.orphan-age", "1s");
        server = MimiryServer.start(settings);
        user = server.user("100");
        String[] shown = server.admin("host", "key").orFail().text().strip().split("\n");
        rackB = SshMachine.start("127.7.1.2", shown[shown.length - 1].strip());
        server.admin(
                        "host",
                        "add",
                        rackB.address().uri() + docker.uri().substring("unix://".length()),
                        "--host-key",
                        rackB.hostKey(),
                        "--name",
                        "rack-b",
                        "--gpu",
                        "A100_80G_SXM:8")
                .orFail();
    }

    @AfterAll
    static void stop() {
        server.close();
        rackB.close();
        rackA.close();
        docker.close();
        DIRECTORY.close();
    }

    @AfterEach
    void endEverything() {
        user.get(SESSIONS + "?limit=100&state_not=terminated")
                .json()
                .get("sessions")
                .findValuesAsText("id")
                .forEach(user::end);
    }

    /** On {@code rack-b}, which alone has GPUs of this kind. */
    private String onRackB(String fields) {
        return user.post(SESSIONS, bodyForRackB(fields))
                .expect(202)
                .json()
                .get("id")
                .asText();
    }

    private static String bodyForRackB(String fields) {
        return "{\"name\":\"far\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"A100\"]},%s}"
                .formatted(TestImage.name(), fields);
    }

    private void awaitBegun(String id) {
        user.awaitState(id, "started");
        user.awaitSession(id, _ -> user.logs(id, "").contains("begun"));
    }

    private static String containersOnRackB(String id) {
        return docker.docker("ps", "-q", "--filter", "label=mimiry.session=" + id)
                .orFail()
                .text()
                .strip();
    }

    @Test
    void a_session_runs_on_a_host_behind_ssh_takes_ssh_and_leaves_nothing() {
        String id = onRackB("\"command\":\"echo hello; sleep 1000\"");
        JsonNode started = user.awaitState(id, "started");
        assertThat(started.get("location").asText()).isEqualTo("rack-b");
        assertThat(containersOnRackB(id)).isNotEmpty();
        user.awaitSession(id, _ -> user.logs(id, "").contains("hello"));
        assertThat(user.ssh(id, "echo ok; exit 7").exitCode()).isEqualTo(7);
        user.end(id).expect(202);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("cost").decimalValue()).isPositive();
        assertThat(containersOnRackB(id)).isEmpty();
    }

    @Test
    void a_host_that_vanishes_for_a_while_keeps_its_session_and_stops_no_other() {
        String id = onRackB("\"command\":\"echo begun; while [ ! -f /tmp/go ]; do sleep 0.2; done; echo done\"");
        awaitBegun(id);
        rackB.stop();
        try {
            String near = user.create("\"command\":\"echo near\"");
            assertThat(user.awaitState(near, "terminated").get("exit_code").asInt())
                    .isZero();
            await().during(Duration.ofSeconds(8))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> user.session(id).get("state").asText().equals("started"));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(hostList())
                            .contains("open, silent since", rackB.address().uri() + "/"));
            assertThat(hostList()).as("what is missing").contains("8 × A100_80G_SXM (simulated)");
        } finally {
            rackB.startAgain();
        }
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(hostList()).doesNotContain("silent"));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> user.ssh(id, "touch /tmp/go").exitCode() == 0);
        JsonNode ended = user.awaitState(id, "terminated", "failed");
        assertThat(ended.get("exit_code").asInt(-1)).as(ended.toString()).isZero();
        assertThat(user.logs(id, "?timestamps=false")).isEqualTo("begun\ndone\n");
    }

    private static String hostList() {
        return server.admin("host", "list").orFail().text();
    }

    @Test
    void a_drained_host_gets_nothing_new_while_what_runs_goes_on() {
        String running = onRackB("\"auto_terminate\":false");
        user.awaitState(running, "started");
        server.admin("host", "drain", "rack-b").orFail();
        try {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> user.post(SESSIONS, bodyForRackB("\"command\":\"true\""))
                                    .status()
                            != 202);
            assertThat(user.session(running).get("state").asText()).isEqualTo("started");
            assertThat(server.admin("host", "sessions", "rack-b").orFail().text())
                    .contains(running);
            // What is not over in time is stopped on the host, as a maintenance does it.
            docker.docker("stop", "-t", "10", containersOnRackB(running)).orFail();
            JsonNode stopped = user.awaitState(running, "failed");
            assertThat(stopped.get("stop_reason").asText()).isEqualTo("provider_lost");
        } finally {
            server.admin("host", "resume", "rack-b").orFail();
        }
    }

    @Test
    void a_volume_of_a_host_behind_ssh_keeps_its_contents_from_session_to_session() {
        String volume = user.readyVolume("data", 1, "\"location\":\"rack-a\"");
        withData("echo kept > /data/file");
        assertThat(withData("cat /data/file")).contains("kept");
        user.delete(VOLUMES + "/" + volume).expect(202);
        user.awaitVolumeState(volume, "deleted");
    }

    private String withData(String command) {
        String id = user.create(TestUser.withVolume("data", command));
        JsonNode ended = user.awaitState(id, "terminated", "failed");
        assertThat(ended.get("exit_code").asInt(-1))
                .as(() -> ended + "\n" + server.log())
                .isZero();
        return user.logs(id, "?timestamps=false");
    }

    @Test
    void a_session_on_a_host_that_is_given_up_ends_as_lost_and_what_comes_back_of_it_is_swept() {
        String id = onRackB("\"command\":\"echo begun; sleep 1000\"");
        awaitBegun(id);
        rackB.stop();
        try {
            server.admin("host", "drain", "rack-b").orFail();
            assertThat(server.admin("host", "remove", "rack-b").exitCode()).isEqualTo(1);
            server.admin("host", "lost", "rack-b", "--reason", "its mainboard burnt")
                    .orFail();
            JsonNode lost = user.awaitSession(
                    id, session -> !session.get("terminated_at").isNull());
            assertThat(lost.get("state").asText()).isEqualTo("failed");
            assertThat(lost.get("stop_reason").asText()).isEqualTo("provider_lost");
            assertThat(containersOnRackB(id)).as("nobody could end it").isNotEmpty();
        } finally {
            rackB.startAgain();
        }
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(containersOnRackB(id)).isEmpty());
        server.admin("host", "resume", "rack-b").orFail();
        String next = onRackB("\"command\":\"echo again\"");
        assertThat(user.awaitState(next, "terminated", "failed")
                        .get("exit_code")
                        .asInt(-1))
                .isZero();
    }
}
