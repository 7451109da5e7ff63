package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.platform.FreePort;
import com.mimiry.simulator.verda.Boot;
import com.mimiry.simulator.verda.Boot.Plan;
import com.mimiry.simulator.verda.Fault;
import com.mimiry.simulator.verda.SshdMachines;
import com.mimiry.simulator.verda.VerdaEmulator;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines at an emulated Verda that come to nothing, one session each, all of them under way side by side. */
class VerdaMishapsIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final Boot QUICK =
            new Boot(Plan.NORMAL, Duration.ofMillis(500), Duration.ofMillis(1_500), Duration.ofMillis(500));
    private static final String SPOT = ",\"spot\":true";

    @TempDir
    private static Path directory;

    private static VerdaEmulator verda;
    private static MimiryServer server;
    private static TestUser user;
    private static Placed withoutSsh;
    private static Placed withoutDocker;
    private static Placed takenDuringSetup;
    private static Placed neverBoots;
    private static Placed failsToInstall;
    private static Placed takenWhileItRuns;

    /** A session and the instance that was made for it. */
    private record Placed(String id, String instance) {}

    @BeforeAll
    static void start() {
        int sshPort = FreePort.any();
        verda = VerdaEmulator.start(
                0,
                Clock.systemUTC(),
                new SshdMachines(directory.resolve("machines"), sshPort, Path.of("/var/run/docker.sock")));
        server = MimiryServer.start(EmulatedVerda.settings(
                verda,
                Map.of(
                        "mimiry.docker.enabled",
                        "false",
                        "mimiry.containers.ready-networks",
                        "0",
                        "mimiry.providers.verda.ssh-port",
                        Integer.toString(sshPort),
                        "mimiry.providers.verda.simulated",
                        "true",
                        "mimiry.sessions.boot-timeout",
                        "10s",
                        "mimiry.sessions.setup-timeout",
                        "25s")));
        user = server.user("1000");
        withoutSsh = placed(Plan.NO_SSH, "", "true");
        withoutDocker = placed(Plan.NO_DOCKER, "", "true");
        takenDuringSetup = placed(Plan.NO_DOCKER, SPOT, "true");
        takenWhileItRuns = placed(Plan.NORMAL, SPOT, "sleep 1000");
        neverBoots = placed(Plan.NEVER, "", "true");
        failsToInstall = placed(Plan.INSTALLATION_FAILED, "", "true");
        verda.account().boot(QUICK);
        user.awaitSession(
                takenDuringSetup.id,
                session -> session.get("operation").asText().equals("starting__setting_up"));
        verda.account().reclaim(takenDuringSetup.instance);
    }

    @AfterAll
    static void stop() {
        server.close();
        verda.close();
    }

    private static Placed placed(Plan plan, String gpu, String command) {
        verda.account().boot(QUICK.with(plan));
        Set<String> before = verda.account().live().keySet();
        String id = create(gpu, command);
        Set<String> made = new HashSet<>();
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            made.addAll(verda.account().live().keySet());
            made.removeAll(before);
            return !made.isEmpty();
        });
        return new Placed(id, made.iterator().next());
    }

    private static String create(String gpu, String command) {
        String body =
                "{\"name\":\"test\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"H100\"]%s},\"command\":\"%s\"}"
                        .formatted(TestImage.name(), gpu, command);
        return user.post(SESSIONS, body).expect(202).json().get("id").asText();
    }

    @Test
    void a_machine_without_an_ssh_server_fails_its_session_and_is_deleted() {
        notReady(withoutSsh);
    }

    @Test
    void a_machine_without_docker_fails_its_session_and_is_deleted() {
        notReady(withoutDocker);
    }

    private static void notReady(Placed placed) {
        JsonNode failed = user.awaitSession(
                placed.id, session -> !session.get("terminated_at").isNull());
        assertThat(failed.get("state").asText()).as(failed.toString()).isEqualTo("failed");
        assertThat(failed.get("error").asText()).contains("not ready within 25s");
        assertGone(placed);
    }

    @Test
    void a_machine_that_never_boots_is_given_up_for_the_next_candidate() {
        givenUp(neverBoots, "did not start within 10s");
    }

    @Test
    void a_machine_whose_installation_failed_is_given_up_in_verdas_words_for_the_next_candidate() {
        givenUp(failsToInstall, "verda says installation_failed");
    }

    private static void givenUp(Placed placed, String why) {
        JsonNode ended = user.awaitState(placed.id, "terminated", "failed", "provision_failed");
        assertThat(ended.get("exit_code").asInt(-1)).as(ended.toString()).isZero();
        assertThat(ended.get("events").toString()).containsSubsequence("Asking verda at", why, "Asking verda at");
        assertGone(placed);
    }

    @Test
    void a_spot_machine_that_verda_takes_back_while_it_runs_ends_its_session_with_that_reason() {
        user.awaitState(takenWhileItRuns.id, "started");
        verda.account().reclaim(takenWhileItRuns.instance);
        assertReclaimed(takenWhileItRuns);
    }

    @Test
    void a_spot_machine_that_verda_takes_back_during_its_setup_ends_its_session_before_the_setup_times_out() {
        assertReclaimed(takenDuringSetup);
    }

    private static void assertReclaimed(Placed placed) {
        JsonNode ended = user.awaitSession(
                placed.id, session -> !session.get("terminated_at").isNull());
        assertThat(ended.get("state").asText()).as(ended.toString()).isEqualTo("terminated");
        assertThat(ended.get("stop_reason").asText()).as(ended.toString()).isEqualTo("spot_reclaimed");
        assertGone(placed);
    }

    @Test
    void a_create_that_comes_too_soon_is_sent_again_later_whether_or_not_verda_says_when() {
        // Which is to be had by another create first.
        user.awaitState(neverBoots.id, "terminated", "failed", "provision_failed");
        user.awaitState(failsToInstall.id, "terminated", "failed", "provision_failed");
        for (Fault fault : new Fault[] {Fault.RATE_LIMITED, Fault.RATE_LIMITED_WITH_RETRY_AFTER}) {
            verda.faults().next("POST /instances", fault);
            String id = create(",\"max_attempts\":1", "true");
            JsonNode ended = user.awaitState(id, "terminated", "failed", "provision_failed");
            assertThat(ended.get("exit_code").asInt(-1)).as(ended.toString()).isZero();
            assertThat(ended.get("events").toString()).contains("Asked too often, later again");
        }
    }

    private static void assertGone(Placed placed) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(verda.account().live()).doesNotContainKey(placed.instance));
    }
}
