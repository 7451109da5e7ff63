package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.simulator.verda.Fault;
import com.mimiry.simulator.verda.MachineHost;
import com.mimiry.simulator.verda.VerdaEmulator;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One market of two providers: an emulated Verda, and the Docker engine of this machine. */
class MarketIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final List<String> PLACES = List.of("FIN-01", "FIN-03", "ICE-01");

    private static VerdaEmulator verda;
    private static MimiryServer server;

    private final TestUser user = server.user("1000");

    @BeforeAll
    static void start() {
        verda = VerdaEmulator.start(0, Clock.systemUTC(), MachineHost.none());
        PLACES.forEach(place -> verda.account().room("1L40S.20V", place, 0));
        server = MimiryServer.start(EmulatedVerda.settings(
                verda,
                Map.of(
                        "mimiry.containers.ready-networks",
                        "0",
                        "mimiry.docker.hosts.local.uri",
                        "unix:///var/run/docker.sock",
                        "mimiry.docker.hosts.local.gpus",
                        "T4:4",
                        "mimiry.providers.verda.locations",
                        "FIN-01,FIN-03,ICE-01")));
        TestUser anybody = server.user("1");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> anybody.get("/api/compute/v1/availability").text().contains("\"verda\""));
    }

    @AfterAll
    static void stop() {
        server.close();
        verda.close();
    }

    @Test
    void a_provider_that_refuses_our_pace_or_our_account_costs_no_attempt_and_the_session_runs_elsewhere() {
        for (Map.Entry<Fault, String> refusal : List.of(
                Map.entry(Fault.RATE_LIMITED_WITH_RETRY_AFTER, "Too many requests"),
                Map.entry(Fault.NO_MONEY, "Your balance is too low"))) {
            verda.faults().next("POST /instances", refusal.getKey());
            String id = create("{\"types\":[\"V100\",\"T4\"],\"max_attempts\":1}");
            JsonNode ended = user.awaitState(id, "terminated", "provision_failed");
            assertThat(ended.get("state").asText()).as(ended.toString()).isEqualTo("terminated");
            assertThat(ended.get("provider").asText()).isEqualTo("docker");
            assertThat(ended.get("events").toString())
                    .containsSubsequence("Asking verda at FIN-01", refusal.getValue(), "Asking docker");
        }
        assertThat(verda.account().live()).isEmpty();
    }

    @Test
    void as_many_candidates_are_asked_as_may_be_and_then_no_machine_can_be_had() {
        long before = creates();
        verda.faults().next("POST /instances", Fault.NO_CAPACITY, 2);
        String id = create("{\"types\":[\"A100_80G\"],\"max_attempts\":2}");
        JsonNode ended = user.awaitState(id, "provision_failed", "started", "stopped");
        assertThat(ended.get("state").asText()).as(ended.toString()).isEqualTo("provision_failed");
        assertThat(ended.get("error").asText()).contains("2 attempts");
        assertThat(creates() - before).isEqualTo(2);
        assertThat(ended.get("cost").decimalValue()).isZero();
    }

    @Test
    void a_dry_run_ranks_what_can_be_had_with_prices_breaks_ties_as_it_says_and_makes_nothing() {
        long before = creates();
        JsonNode answer = dryRun("{\"types\":[\"H200\",\"A100_40G\"]}", 200).json();
        JsonNode candidates = answer.get("candidates");
        assertThat(candidates.findValuesAsText("gpu"))
                .containsExactly(
                        "H200_141G_SXM",
                        "H200_141G_SXM",
                        "H200_141G_SXM",
                        "A100_40G_SXM",
                        "A100_40G_SXM",
                        "A100_40G_SXM");
        assertThat(candidates.findValuesAsText("location"))
                .containsExactly("FIN-01", "FIN-03", "ICE-01", "FIN-01", "FIN-03", "ICE-01");
        assertThat(candidates.findValuesAsText("rank")).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(candidates.findValuesAsText("hourly_rate").subList(0, 3))
                .containsOnly(candidates.get(0).get("hourly_rate_per_gpu").asText());
        assertThat(candidates.findValuesAsText("available")).containsOnly("true");
        assertThat(answer.get("message").isNull()).isTrue();
        assertThat(answer.get("order").asText())
                .startsWith("Ordered by GPU")
                .contains("then provider, location and machine type by name");

        JsonNode cheapestFirst = dryRun("{\"family\":[\"H200\",\"A100\"],\"location\":\"FIN-03\"}", 200)
                .json()
                .get("candidates");
        assertThat(cheapestFirst.get(0).get("location").asText()).isEqualTo("FIN-03");
        assertThat(cheapestFirst.get(0).get("gpu").asText()).isEqualTo("A100_40G_SXM");

        assertThat(creates()).isEqualTo(before);
        assertThat(user.get(SESSIONS).expect(200).json().get("total").asInt()).isZero();
        assertThat(user.get("/api/compute/v1/balance")
                        .expect(200)
                        .json()
                        .get("burn_rate_per_hour")
                        .decimalValue())
                .isZero();
    }

    @Test
    void a_dry_run_says_what_has_just_failed_what_is_taken_and_what_could_never_match() {
        verda.faults().next("POST /instances", Fault.NO_CAPACITY);
        String id = create("{\"types\":[\"A6000\"],\"max_attempts\":1}");
        user.awaitState(id, "provision_failed");
        JsonNode cooling = dryRun("{\"types\":[\"A6000\"]}", 200).json().get("candidates");
        assertThat(cooling.findValuesAsText("location")).containsExactly("FIN-03", "ICE-01", "FIN-01");
        assertThat(cooling.findValuesAsText("cooling")).containsExactly("false", "false", "true");

        JsonNode taken = dryRun("{\"types\":[\"L40S\"]}", 200).json();
        assertThat(taken.get("candidates").findValuesAsText("available")).containsExactly("false", "false", "false");
        assertThat(taken.get("message").asText())
                .contains("is free now", "verda FIN-01, verda FIN-03, verda ICE-01", "Try again later");

        JsonNode never =
                dryRun("{\"types\":[\"H100\"],\"max_hourly_rate\":0.01}", 422).json();
        assertThat(never.get("error").asText()).isEqualTo("no_matching_offer");
        assertThat(never.get("filter").asText()).isEqualTo("gpu.max_hourly_rate");
        assertThat(never.get("message").asText()).contains("The cheapest H100_80G_SXM is");
    }

    private static long creates() {
        return verda.calls().stream().filter("POST /instances"::equals).count();
    }

    private String create(String gpu) {
        return post(SESSIONS, gpu, 202).json().get("id").asText();
    }

    private TestUser.Reply dryRun(String gpu, int status) {
        return post(SESSIONS + "?dry_run=true", gpu, status);
    }

    private TestUser.Reply post(String path, String gpu, int status) {
        String body = "{\"name\":\"test\",\"image\":{\"uri\":\"%s\"},\"command\":\"true\",\"gpu\":%s}"
                .formatted(TestImage.name(), gpu);
        return user.post(path, body).expect(status);
    }
}
