package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.simulator.verda.Fault;
import com.mimiry.simulator.verda.MachineHost;
import com.mimiry.simulator.verda.VerdaEmulator;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two providers, one of which stops answering. */
class ProviderOutageIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final String PROVIDERS = "/api/compute/v1/admin/providers";
    /** More than there are workers. */
    private static final int WAITING = 40;

    private static final List<String> EVERYTHING = List.of(
            "GET /instances",
            "GET /instances/",
            "POST /instances",
            "PUT /instances",
            "GET /instance-types",
            "GET /instance-availability",
            "GET /scripts",
            "POST /scripts",
            "DELETE /scripts/",
            "GET /ssh-keys",
            "POST /ssh-keys",
            "GET /volumes",
            "GET /volumes/trash",
            "POST /oauth2/token");

    private static VerdaEmulator verda;
    private static MimiryServer server;
    private static TestUser operator;

    @BeforeAll
    static void start() {
        verda = VerdaEmulator.start(0, Clock.systemUTC(), MachineHost.none());
        server = MimiryServer.start(EmulatedVerda.settings(
                verda,
                Map.of(
                        "mimiry.containers.ready-networks", "0",
                        "mimiry.sweep.interval", "2s",
                        "mimiry.billing.organization-quota.sessions", "1000",
                        "mimiry.billing.organization-quota.gpus", "1000",
                        "mimiry.billing.user-quota.sessions", "1000",
                        "mimiry.billing.user-quota.gpus", "1000",
                        "mimiry.providers.verda.call-timeout", "5s")));
        operator = server.operator("10000");
    }

    @AfterAll
    static void stop() {
        server.close();
        verda.close();
    }

    @Test
    void a_provider_that_hangs_on_every_call_slows_no_session_elsewhere_and_is_left_alone_until_it_answers_again() {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(provider("verda").get("state").asText()).isEqualTo("ok"));
        // The first one on a fresh server takes longer than any after it.
        startOnDocker();
        Duration before = startOnDocker();
        for (int i = 0; i < WAITING; i++) {
            createOnVerda();
        }
        await().atMost(Duration.ofSeconds(120))
                .until(() -> verda.account().live().size() >= WAITING / 2);
        EVERYTHING.forEach(call -> verda.faults().next(call, Fault.SILENCE, Integer.MAX_VALUE));

        List<Duration> during = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            during.add(startOnDocker());
        }
        System.out.printf("a session started in %s before, and in %s while verda hung%n", before, during);
        assertThat(during).allSatisfy(took -> assertThat(took).isLessThan(before.plusSeconds(4)));
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            JsonNode hung = provider("verda");
            assertThat(hung.get("state").asText()).isEqualTo("open");
            assertThat(hung.get("open_until").isNull()).isFalse();
            assertThat(hung.get("last_error").asText()).contains("verda");
            assertThat(hung.get("failures").asLong()).isPositive();
            assertThat(hung.get("rate").get("per_minute").asInt()).isEqualTo(100);
        });
        assertThat(provider("docker").get("state").asText()).isEqualTo("ok");
        assertThat(server.admin("provider", "list").orFail().text()).contains("open");
        JsonNode unseen =
                operator.get(PROVIDERS + "/verda/inventory").expect(200).json().get("now");
        assertThat(unseen.get("complete").asBoolean()).isFalse();
        assertThat(unseen.get("summary").asText()).contains("not everything could be seen");

        verda.faults().none();
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() ->
                        assertThat(provider("verda").get("state").asText()).isEqualTo("ok"));
    }

    private static JsonNode provider(String name) {
        return StreamSupport.stream(
                        operator.get(PROVIDERS)
                                .expect(200)
                                .json()
                                .get("providers")
                                .spliterator(),
                        false)
                .filter(each -> each.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no provider " + name));
    }

    private static Duration startOnDocker() {
        long began = System.nanoTime();
        String id = operator.create("\"auto_terminate\":false,\"command\":\"sleep 1000\"");
        operator.awaitState(id, "started");
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        operator.end(id).expect(202);
        return took;
    }

    private static void createOnVerda() {
        String body = "{\"name\":\"test\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"H100_80G_SXM\"],"
                        .formatted(TestImage.name())
                + "\"provider\":\"verda\"},\"auto_terminate\":false}";
        operator.post(SESSIONS, body).expect(202);
    }
}
