package com.mimiry.it;

import static com.mimiry.it.TestUser.withVolume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Volumes with real file systems on real loop devices, in real containers. Two "hosts" share this machine's engine. */
class VolumeIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final String VOLUMES = "/api/compute/v1/volumes";
    private static final VolumeDirectory DIRECTORY = VolumeDirectory.anew();
    private static MimiryServer server;
    private TestUser user;

    @BeforeAll
    static void startServer() {
        server = startTwoRacks(DIRECTORY);
    }

    /** Two places for volumes, at a euro for a GB and hour. */
    static MimiryServer startTwoRacks(VolumeDirectory directory) {
        String engine = "unix:///var/run/docker.sock";
        return MimiryServer.start(Map.ofEntries(
                Map.entry("mimiry.docker.hosts.one.uri", engine),
                Map.entry("mimiry.docker.hosts.one.location", "RACK-1"),
                Map.entry("mimiry.docker.hosts.one.gpus", "T4:60"),
                Map.entry("mimiry.docker.hosts.two.uri", engine),
                Map.entry("mimiry.docker.hosts.two.location", "RACK-2"),
                Map.entry("mimiry.docker.hosts.two.gpus", "T4:60,A100_80G_SXM:1"),
                Map.entry("mimiry.docker.volumes.directory", directory.toString()),
                Map.entry("mimiry.volumes.monthly-price-per-gb", "730"),
                Map.entry("mimiry.billing.posting-interval", "1s")));
    }

    @AfterAll
    static void stopServer() {
        server.close();
        DIRECTORY.close();
    }

    @BeforeEach
    void newUser() {
        user = server.user("1000");
    }

    @AfterEach
    void endEverything() {
        List<String> live = user.get(SESSIONS + "?limit=100&state_not=terminated")
                .json()
                .get("sessions")
                .findValuesAsText("id");
        live.forEach(user::end);
        live.forEach(id ->
                user.awaitSession(id, session -> !session.get("terminated_at").isNull()));
    }

    /** Runs a command with a volume at /data. @return what it wrote */
    private String run(String volume, String command) {
        String id = user.create(withVolume(volume, command));
        JsonNode ended = user.awaitState(id, "terminated", "failed");
        assertThat(ended.get("exit_code").asInt(-1))
                .as(() -> ended + "\n" + server.log())
                .isZero();
        return user.logs(id, "?timestamps=false");
    }

    private List<Path> files() throws Exception {
        try (var walk = Files.walk(DIRECTORY.path(), 2)) {
            return walk.filter(path -> path.toString().endsWith(".img")).toList();
        }
    }

    @Test
    void contents_outlive_the_session_that_wrote_them_and_a_killed_server() {
        JsonNode created = user.createVolume("data", 1, "");
        assertThat(created.get("state").asText()).isEqualTo("submitted");
        assertThat(created.get("operation").asText()).isEqualTo("provisioning");
        assertThat(created.get("attached_to").asText()).isEmpty();
        String id = created.get("id").asText();
        JsonNode ready = user.awaitVolumeState(id, "provisioned");
        assertThat(ready.get("operation").asText()).isEmpty();

        run("data", "echo kept > /data/file && sync");
        String second =
                user.create(withVolume("data", "cat /data/file; sleep 4; echo more >> /data/file; cat /data/file"));
        user.awaitState(second, "started");
        assertThat(user.volume(id).get("attached_to").asText()).isEqualTo(second);
        assertThat(user.session(second).get("volume_mounts").toString())
                .isEqualTo("[{\"volume_id\":\"%s\",\"volume_name\":\"data\",\"mount_path\":\"/data\"}]".formatted(id));
        server.kill();
        server.start();
        assertThat(user.awaitState(second, "terminated", "failed")
                        .get("exit_code")
                        .asInt(-1))
                .isZero();
        assertThat(user.logs(second, "?timestamps=false")).isEqualTo("kept\nkept\nmore\n");
        assertThat(user.volume(id).get("attached_to").asText()).isEmpty();
        assertThat(run("data", "cat /data/file")).isEqualTo("kept\nmore\n");
        // One after the other without a pause: what is ending is waited for.
        String first = user.create(withVolume("data", "true"));
        user.awaitSession(first, session -> !session.get("ended_at").isNull());
        assertThat(run("data", "cat /data/file")).isEqualTo("kept\nmore\n");
        assertThat(user.session(second).get("volume_mounts")).hasSize(1);
    }

    @Test
    void a_volumes_size_is_a_limit_and_nobody_sees_anything_but_it() {
        user.readyVolume("small", 1, "");
        String output = run(
                "small",
                "df -kP /data | tail -1; ls -A /data; dd if=/dev/zero of=/data/big bs=1M count=1200 2>&1; ls -s /data/big; rm /data/big; id -u; ls /");
        assertThat(output).contains("No space left on device");
        long kib = Long.parseLong(output.lines().findFirst().orElseThrow().split(" +", -1)[1]);
        assertThat(kib).isBetween(900_000L, 1_048_576L);
    }

    @Test
    void a_volume_grows_under_a_running_session_and_at_rest() {
        String id = user.readyVolume("growing", 1, "");
        String updated = user.volume(id).get("updated_at").asText();
        String session = user.create(withVolume(
                "growing", "echo before > /data/f; while sleep 1; do df -kP /data | tail -1; cat /data/f; done"));
        user.awaitState(session, "started");
        JsonNode growing = user.call("PATCH", VOLUMES + "/" + id, "{\"size_gb\":2}")
                .expect(202)
                .json();
        assertThat(growing.get("operation").asText()).isEqualTo("resizing");
        assertThat(growing.get("state").asText()).isEqualTo("provisioned");
        JsonNode grown = user.awaitVolume(id, volume -> volume.get("size_gb").asInt() == 2);
        assertThat(grown.get("operation").asText()).isEmpty();
        assertThat(grown.get("updated_at").asText()).isEqualTo(updated);
        assertThat(grown.get("hourly_rate").decimalValue()).isEqualByComparingTo("2");
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            String last = user.logs(session, "?timestamps=false&tail=2");
            assertThat(last.lines()).hasSize(2);
            long kib = Long.parseLong(last.lines().findFirst().orElseThrow().split(" +", -1)[1]);
            assertThat(kib).isBetween(1_900_000L, 2_097_152L);
            assertThat(last).endsWith("before\n");
        });
        user.end(session);
        user.awaitState(session, "terminated");

        user.call("PUT", VOLUMES + "/" + id, "{\"new_size_gb\":3}").expect(202);
        user.awaitVolume(id, volume -> volume.get("size_gb").asInt() == 3);
        String output = run("growing", "df -kP /data | tail -1; cat /data/f");
        assertThat(Long.parseLong(output.split(" +", -1)[1])).isBetween(2_900_000L, 3_145_728L);
        assertThat(output).endsWith("before\n");
    }

    @Test
    void of_fifty_creates_at_once_one_gets_the_volume() throws Exception {
        String id = user.readyVolume("wanted", 1, "");
        String body = "{\"name\":\"race\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]},%s}"
                .formatted(TestImage.name(), withVolume("wanted", "sleep 100"));
        user.token();
        List<Callable<TestUser.Reply>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(() -> user.post(SESSIONS, body));
        }
        List<TestUser.Reply> replies = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(50)) {
            for (Future<TestUser.Reply> reply : threads.invokeAll(calls)) {
                replies.add(reply.get());
            }
        }
        assertThat(replies.stream().collect(Collectors.groupingBy(TestUser.Reply::status, Collectors.counting())))
                .isEqualTo(Map.of(202, 1L, 409, 49L));
        TestUser.Reply winner = replies.stream()
                .filter(reply -> reply.status() == 202)
                .findFirst()
                .orElseThrow();
        TestUser.Reply loser = replies.stream()
                .filter(reply -> reply.status() == 409)
                .findFirst()
                .orElseThrow();
        String session = winner.json().get("id").asText();
        assertThat(loser.json().get("error").asText()).isEqualTo("volume_in_use");
        assertThat(loser.json().get("message").asText()).contains(session);
        assertThat(user.volume(id).get("attached_to").asText()).isEqualTo(session);
        assertThat(user.get(SESSIONS).json().get("total").asInt())
                .as("a refused create leaves no session")
                .isEqualTo(1);

        TestUser.Reply refused = user.delete(VOLUMES + "/" + id).expect(409);
        assertThat(refused.json().get("error").asText()).isEqualTo("volume_in_use");
        user.end(session);
        user.awaitState(session, "terminated");
        user.awaitVolume(id, volume -> volume.get("attached_to").asText().isEmpty());
    }

    @Test
    void a_deleted_volume_is_gone_from_disk_and_list_and_still_known_by_its_id() throws Exception {
        String id = user.readyVolume("short", 1, "");
        assertThat(files()).anyMatch(file -> file.toString().contains(id));
        JsonNode deleting = user.delete(VOLUMES + "/" + id).expect(202).json();
        assertThat(deleting.get("operation").asText()).startsWith("deleting__");
        user.delete(VOLUMES + "/" + id).expect(200);
        JsonNode gone = user.awaitVolumeState(id, "deleted");
        assertThat(gone.get("operation").asText()).isEmpty();
        assertThat(files()).noneMatch(file -> file.toString().contains(id));
        user.delete(VOLUMES + "/" + id).expect(200);
        assertThat(user.get(VOLUMES).json().get("total").asInt()).isZero();
        assertThat(user.get(VOLUMES + "?state=deleted")
                        .json()
                        .get("volumes")
                        .get(0)
                        .get("id")
                        .asText())
                .isEqualTo(id);
        assertThat(user.get(VOLUMES + "?operation_not=deleting&state_not=deleted")
                        .json()
                        .get("total")
                        .asInt())
                .isZero();
        user.readyVolume("short", 1, "");
    }

    @Test
    void a_session_runs_where_its_volume_is_and_not_elsewhere() {
        String there = user.readyVolume("there", 1, "\"location\":\"RACK-2\"");
        assertThat(user.volume(there).get("location").asText()).isEqualTo("RACK-2");
        String hinted = user.post(
                        SESSIONS,
                        "{\"name\":\"x\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"],\"location\":\"RACK-1\"},%s}"
                                .formatted(TestImage.name(), withVolume("there", "true")))
                .expect(202)
                .json()
                .get("id")
                .asText();
        assertThat(user.awaitState(hinted, "terminated", "failed")
                        .get("location")
                        .asText())
                .isEqualTo("RACK-2");

        user.readyVolume("here", 1, "\"location\":\"RACK-1\"");
        TestUser.Reply impossible = user.post(
                SESSIONS,
                "{\"name\":\"x\",\"image\":{\"uri\":\"busybox\"},\"gpu\":{\"types\":[\"A100_80G_SXM\"]},%s}"
                        .formatted(withVolume("here", "true")));
        assertThat(impossible.status()).isEqualTo(422);
        assertThat(impossible.json().get("error").asText()).isEqualTo("no_matching_offer");
        assertThat(impossible.json().get("field").asText()).isEqualTo("volume_mounts");
        assertThat(impossible.json().get("message").asText())
                .contains("here is at docker RACK-1")
                .contains("docker RACK-2");
        TestUser.Reply apart = user.post(
                SESSIONS, "{\"name\":\"x\",\"image\":{\"uri\":\"busybox\"},\"volumes\":[\"here:/a\",\"there:/b\"]}");
        assertThat(apart.status()).isEqualTo(422);
        assertThat(apart.json().get("message").asText()).contains("RACK-1").contains("RACK-2");
        assertThat(user.get(VOLUMES).json().get("volumes").findValuesAsText("attached_to"))
                .containsOnly("");
    }

    @Test
    void a_volume_is_paid_for_to_the_micro_euro() throws Exception {
        String id = user.readyVolume("paid", 3, "");
        TimeUnit.SECONDS.sleep(2);
        user.delete(VOLUMES + "/" + id).expect(202);
        JsonNode gone = user.awaitVolumeState(id, "deleted");
        JsonNode lines = user.get("/api/compute/v1/transactions?limit=100&volume_id=" + id)
                .expect(200)
                .json()
                .get("transactions");
        BigDecimal used = BigDecimal.ZERO;
        for (JsonNode line : lines) {
            assertThat(line.get("volume_id").asText()).isEqualTo(id);
            used = used.subtract(line.get("amount").decimalValue());
        }
        BigDecimal cost = gone.get("cost").decimalValue();
        assertThat(used).as(lines.toString()).isEqualByComparingTo(cost);
        // 3 GB at 1 EUR an hour each: some whole number of seconds of it, rounded once.
        BigDecimal perSecond = BigDecimal.valueOf(3).divide(BigDecimal.valueOf(3600), 12, RoundingMode.HALF_UP);
        long seconds = cost.divide(perSecond, 0, RoundingMode.HALF_UP).longValueExact();
        assertThat(cost)
                .isEqualByComparingTo(
                        perSecond.multiply(BigDecimal.valueOf(seconds)).setScale(6, RoundingMode.HALF_UP));
        long life = Duration.between(
                        Instant.parse(gone.get("created_at").asText()),
                        Instant.parse(gone.get("updated_at").asText()))
                .toSeconds();
        assertThat(seconds).isBetween(2L, life + 1);
        JsonNode balance = user.get("/api/compute/v1/balance").json();
        assertThat(balance.get("balance").decimalValue())
                .isEqualByComparingTo(BigDecimal.valueOf(1000).subtract(cost));
    }

    @Test
    void more_than_the_disk_can_hold_is_refused_with_what_there_is() {
        user = server.user("100000");
        TestUser.Reply reply = user.post(VOLUMES, "{\"name\":\"huge\",\"size_gb\":9000}");
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().get("error").asText()).isEqualTo("no_matching_offer");
        assertThat(reply.json().get("message").asText())
                .matches("No place has room for 9000 GB; the most .* \\d+ GB\\.");

        String id = user.readyVolume("modest", 1, "");
        user.call("PATCH", VOLUMES + "/" + id, "{\"size_gb\":9000}").expect(202);
        JsonNode same =
                user.awaitVolume(id, volume -> volume.get("operation").asText().isEmpty());
        assertThat(same.get("size_gb").asInt()).isEqualTo(1);
        assertThat(same.get("hourly_rate").decimalValue()).isEqualByComparingTo("1");
        assertThat(same.get("error").asText())
                .contains("could not be grown to 9000 GB")
                .contains("has room for");
    }
}
