package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.platform.FreePort;
import com.mimiry.simulator.verda.Boot;
import com.mimiry.simulator.verda.Fault;
import com.mimiry.simulator.verda.SshdMachines;
import com.mimiry.simulator.verda.VerdaEmulator;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole sessions on an emulated Verda whose machines are real: OpenSSH's server with a Docker engine behind it. */
class VerdaIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final String VOLUMES = "/api/compute/v1/volumes";

    @TempDir
    private static Path directory;

    private static VerdaEmulator verda;
    private static MimiryServer server;
    private static TestUser user;

    @BeforeAll
    static void start() {
        int sshPort = FreePort.any();
        verda = VerdaEmulator.start(
                0,
                Clock.systemUTC(),
                new SshdMachines(directory.resolve("machines"), sshPort, Path.of("/var/run/docker.sock")));
        verda.account()
                .boot(new Boot(
                        Boot.Plan.NORMAL, Duration.ofMillis(500), Duration.ofMillis(1_500), Duration.ofMillis(500)));
        server = MimiryServer.start(EmulatedVerda.settings(
                verda,
                Map.of(
                        "mimiry.docker.enabled",
                        "false",
                        "mimiry.containers.ready-networks",
                        "0",
                        "mimiry.providers.verda.ssh-port",
                        Integer.toString(sshPort),
                        "mimiry.providers.verda.call-timeout",
                        "3s",
                        "mimiry.sweep.interval",
                        "2s",
                        "mimiry.providers.verda.simulated",
                        "true",
                        // A euro for a GB and hour, so that seconds show in the bill.
                        "mimiry.volumes.monthly-prices-per-gb.verda",
                        "730")));
        user = server.user("1000");
    }

    @AfterAll
    static void stop() {
        server.close();
        verda.close();
    }

    @AfterEach
    void calm() {
        verda.faults().none();
    }

    @Test
    void a_session_boots_a_machine_runs_on_it_takes_ssh_and_leaves_nothing() {
        int before = verda.account().created();
        String id = create("\"command\":\"echo hello from $(hostname); sleep 1000\"");
        JsonNode started = user.awaitState(id, "started");
        assertThat(started.get("provider").asText()).isEqualTo("verda");
        user.awaitSession(id, _ -> user.logs(id, "").contains("hello from"));
        assertThat(user.ssh(id, "echo ok; exit 7").exitCode()).isEqualTo(7);
        user.end(id).expect(202);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(verda.account().created()).isEqualTo(before + 1);
        awaitNothingLeft();
        // The bill is by Verda's own meter, but for the moments that an answer is under way.
        double billed = ended.get("cost").decimalValue().doubleValue()
                / ended.get("hourly_rate").decimalValue().doubleValue()
                * 3600;
        double metered = verda.account().meter().values().stream()
                .reduce((_, last) -> last)
                .orElseThrow();
        assertThat(billed).isBetween(metered - 2, metered + 4);
    }

    @Test
    void a_machine_that_cannot_be_had_is_had_elsewhere() {
        verda.faults().next("POST /instances", Fault.NO_CAPACITY);
        String id = create("\"command\":\"true\"");
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("exit_code").asInt()).isZero();
        assertThat(ended.get("events").toString()).contains("Not enough resources");
        awaitNothingLeft();
    }

    @Test
    void a_machine_whose_answer_was_lost_is_found_and_used() {
        int before = verda.account().created();
        verda.faults().next("POST /instances", Fault.SILENCE_AFTER_EFFECT);
        String id = create("\"command\":\"true\"");
        assertThat(user.awaitState(id, "terminated").get("exit_code").asInt()).isZero();
        assertThat(verda.account().created()).isEqualTo(before + 1);
        awaitNothingLeft();
    }

    @Test
    void a_server_that_is_killed_while_a_machine_boots_goes_on_with_it() {
        int before = verda.account().created();
        String id = create("\"command\":\"sleep 2; echo survived\"");
        await().atMost(Duration.ofSeconds(30)).until(() -> verda.account().created() > before);
        server.kill();
        server.start();
        assertThat(user.awaitState(id, "terminated").get("exit_code").asInt()).isZero();
        assertThat(user.logs(id, "")).contains("survived");
        assertThat(verda.account().created()).isEqualTo(before + 1);
        awaitNothingLeft();
    }

    @Test
    void a_machine_whose_server_is_gone_ends_the_session_by_itself_when_its_money_ends() {
        String id = create("\"command\":\"sleep 1000\",\"max_cost\":0.02");
        JsonNode started = user.awaitState(id, "started");
        double seconds = 0.02 / started.get("hourly_rate").asDouble() * 3600;
        Instant paidUntil =
                Instant.parse(started.get("provisioned_at").asText()).plusMillis((long) (seconds * 1000));
        String container = SessionLifecycleIT.containersOf(id).strip();
        server.kill();

        await().atMost(Duration.ofSeconds(90))
                .until(() -> inspect(container, "{{.State.Running}}").equals("false"));
        assertThat(Instant.parse(inspect(container, "{{.State.FinishedAt}}")))
                .isBetween(paidUntil.minusSeconds(1), paidUntil.plusSeconds(6));
        assertThat(verda.account().live())
                .as("nobody but the server deletes it")
                .hasSize(1);

        server.start();
        assertThat(user.awaitState(id, "terminated").get("stop_reason").asText())
                .isEqualTo("cost_limit");
        awaitNothingLeft();
    }

    private static String inspect(String container, String format) {
        return Commands.run("docker", "inspect", "--format", format, container)
                .orFail()
                .text()
                .strip();
    }

    @Test
    void a_session_deleted_while_its_machine_is_provisioned_ends_when_verda_lets_it() {
        String id = create("");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !verda.account().live().isEmpty());
        user.end(id).expect(202);
        user.awaitState(id, "terminated");
        awaitNothingLeft();
    }

    @Test
    void a_machine_that_moves_to_another_address_keeps_its_session() {
        String id = create("\"auto_terminate\":false");
        user.awaitState(id, "started");
        String instance = verda.account().live().keySet().iterator().next();
        verda.account().changeAddress(instance);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> user.ssh(id, "echo again").text().equals("again\n"));
        user.end(id).expect(202);
        user.awaitState(id, "terminated");
        awaitNothingLeft();
    }

    @Test
    void a_volume_keeps_for_the_next_session_what_one_wrote_and_is_paid_for_until_it_is_gone() {
        String volume = user.readyVolume("data", 1, "\"provider\":\"verda\",\"location\":\"FIN-03\"");
        String first = create(TestUser.withVolume("data", "echo kept > /data/file && echo written; sleep 1000"));
        JsonNode started = user.awaitState(first, "started");
        assertThat(started.get("location").asText()).isEqualTo("FIN-03");
        user.awaitSession(first, _ -> user.logs(first, "").contains("written"));
        assertThat(user.delete(VOLUMES + "/" + volume).expect(409).text()).contains("volume_in_use");
        assertThat(verda.account().volumes()).containsValue("attached");
        user.end(first).expect(202);
        user.awaitState(first, "terminated");

        user.call("PATCH", VOLUMES + "/" + volume, "{\"size_gb\":2}").expect(202);
        user.awaitVolume(volume, grown -> grown.get("size_gb").asInt() == 2);
        String second = create(TestUser.withVolume("data", "cat /data/file; df -k /data"));
        JsonNode ended = user.awaitState(second, "terminated", "failed");
        assertThat(ended.get("exit_code").asInt(-1))
                .as(() -> ended + server.log())
                .isZero();
        String output = user.logs(second, "");
        assertThat(output).contains("kept");
        assertThat(output).containsPattern("\\s(19|20)\\d{5}\\s");

        user.delete(VOLUMES + "/" + volume).expect(202);
        user.awaitVolumeState(volume, "deleted");
        assertThat(verda.account().volumes()).isEmpty();
        awaitNothingLeft();
        assertPaid(volume);
    }

    /** By Verda's own meter, but for the moments that an answer is under way. */
    private void assertPaid(String volume) {
        double metered = verda.account().volumeMeter().values().stream()
                .reduce((_, last) -> last)
                .orElseThrow();
        BigDecimal charged = BigDecimal.ZERO;
        for (JsonNode line : user.get("/api/compute/v1/transactions?limit=100&volume_id=" + volume)
                .expect(200)
                .json()
                .get("transactions")) {
            charged = charged.subtract(line.get("amount").decimalValue());
        }
        assertThat(charged.doubleValue() * 3600).isBetween(metered - 4, metered + 8);
    }

    @Test
    void the_price_is_verdas() {
        JsonNode offers = user.get("/api/compute/v1/availability").expect(200).json();
        assertThat(offers.toString()).contains("H100_80G_SXM");
        String id = create("\"command\":\"true\"");
        assertThat(user.session(id).get("hourly_rate").decimalValue()).isLessThan(new BigDecimal("2.842"));
        user.awaitState(id, "terminated");
    }

    private String create(String fields) {
        String body = "{\"name\":\"test\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"H100_80G_SXM\"]}%s}"
                .formatted(TestImage.name(), fields.isEmpty() ? "" : "," + fields);
        return user.post(SESSIONS, body).expect(202).json().get("id").asText();
    }

    private static void awaitNothingLeft() {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(verda.account().live()).isEmpty();
            assertThat(verda.account().scriptNames()).isEmpty();
            assertThat(verda.account().diskNames()).isEmpty();
        });
    }
}
