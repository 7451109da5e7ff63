package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Money ends on the machine too, with the server killed; a T4 costs one cent a second here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadManIT {
    private static final BigDecimal CENT = new BigDecimal("0.01");
    /** How often the server looks at the money of what runs, and some time for a busy machine. */
    private static final Duration NOTICED = Duration.ofSeconds(8);

    private static final String FOREVER = "\"command\":\"sleep 1000\"";

    private MimiryServer server;

    @BeforeAll
    void start() {
        server = MimiryServer.start(Map.of(
                "mimiry.docker.prices.T4_16G_PCIe", "36",
                "mimiry.billing.hold", "10s",
                "mimiry.billing.posting-interval", "1s",
                "mimiry.billing.stop-margin", "0s",
                "mimiry.sessions.shown-at-least", "1s",
                "mimiry.sessions.settle-after-logs", "1s"));
    }

    @AfterAll
    void close() {
        server.close();
    }

    @Test
    void with_the_server_killed_what_is_paid_for_runs_on_and_what_is_not_ends_by_itself() {
        TestUser poor = server.user("0.40");
        TestUser helped = server.user("0.40");
        TestUser rich = server.user("100");
        String ending = started(poor);
        String extended = started(helped);
        String running = started(rich);
        Instant paidUntil = provisioned(poor, ending).plusSeconds(40);
        Instant oldMark = provisioned(helped, extended).plusSeconds(40);
        server.admin("credit", "add", "--email", helped.email(), "--amount", "1", "--reason", "more")
                .orFail();
        untilNoticed();
        server.kill();

        assertThat(Instant.now())
                .as("the money was to last until after the kill")
                .isBefore(paidUntil);
        await().atMost(Duration.ofSeconds(60)).until(() -> !runs(ending));
        assertThat(finished(ending)).isBetween(paidUntil, paidUntil.plusSeconds(6));
        await().pollDelay(Duration.between(Instant.now(), oldMark.plusSeconds(15)))
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(runs(extended)).as("more was paid in").isTrue());
        assertThat(runs(running)).as("a silent server is no reason").isTrue();

        server.start();
        JsonNode ended = poor.awaitState(ending, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("balance_depleted");
        assertThat(SessionLifecycleIT.states(ended)).contains("stopped");
        assertBilledToTheSecond(poor, ended);
        assertThat(helped.session(extended).get("state").asText()).isEqualTo("started");
        assertThat(rich.session(running).get("state").asText()).isEqualTo("started");
        for (TestUser user : new TestUser[] {helped, rich}) {
            String id = user == rich ? running : extended;
            user.end(id).expect(202);
            assertThat(user.awaitState(id, "terminated").get("stop_reason").asText())
                    .isEqualTo("user_requested");
        }
    }

    @Test
    void another_session_that_spends_the_same_money_brings_the_end_forward_on_the_first_ones_machine_too() {
        TestUser user = server.user("1.20");
        String first = started(user);
        Instant alone = provisioned(user, first).plusSeconds(120);
        String second = started(user);
        untilNoticed();
        server.kill();
        await().atMost(Duration.ofSeconds(90)).until(() -> !runs(first) && !runs(second));
        assertThat(finished(first)).isBefore(alone.minusSeconds(30));
        assertThat(Duration.between(finished(first), finished(second)).abs()).isLessThan(Duration.ofSeconds(8));

        server.start();
        for (String id : new String[] {first, second}) {
            assertThat(user.awaitState(id, "terminated").get("stop_reason").asText())
                    .isEqualTo("balance_depleted");
        }
    }

    @Test
    void a_cost_limit_that_is_reached_with_the_server_killed_is_named_when_it_is_back() {
        TestUser user = server.user("100");
        String id = user.create(FOREVER + ",\"max_cost\":0.25");
        user.awaitState(id, "started");
        Instant paidUntil = provisioned(user, id).plusSeconds(25);
        server.kill();
        await().atMost(Duration.ofSeconds(60)).until(() -> !runs(id));
        assertThat(finished(id)).isBetween(paidUntil, paidUntil.plusSeconds(6));

        server.start();
        assertThat(user.awaitState(id, "terminated").get("stop_reason").asText())
                .isEqualTo("cost_limit");
    }

    private static String started(TestUser user) {
        String id = user.create(FOREVER);
        user.awaitState(id, "started");
        return id;
    }

    private static Instant provisioned(TestUser user, String id) {
        return Instant.parse(user.session(id).get("provisioned_at").asText());
    }

    private static void untilNoticed() {
        await().pollDelay(NOTICED).atMost(NOTICED.plusSeconds(5)).until(() -> true);
    }

    private static boolean runs(String id) {
        return inspect(id, "{{.State.Running}}").equals("true");
    }

    private static Instant finished(String id) {
        return Instant.parse(inspect(id, "{{.State.FinishedAt}}"));
    }

    private static String inspect(String id, String format) {
        String container = SessionLifecycleIT.containersOf(id).strip();
        return Commands.run("docker", "inspect", "--format", format, container)
                .orFail()
                .text()
                .strip();
    }

    /** What was charged is the time from the begin of its machine to the proven end, and the rest is still there. */
    private static void assertBilledToTheSecond(TestUser user, JsonNode ended) {
        Instant gone = StreamSupport.stream(ended.get("events").spliterator(), false)
                .filter(event -> event.get("type").asText().equals("machine_gone"))
                .map(event -> Instant.parse(event.get("at").asText()))
                .findFirst()
                .orElseThrow();
        Instant began = Instant.parse(ended.get("provisioned_at").asText());
        BigDecimal cost = ended.get("cost").decimalValue();
        assertThat(cost.divide(CENT).longValueExact())
                .isEqualTo(Math.ceilDiv(Duration.between(began, gone).toNanos(), 1_000_000_000L));
        JsonNode balance = user.get("/api/compute/v1/balance").expect(200).json();
        assertThat(balance.get("balance").decimalValue()).isEqualByComparingTo(new BigDecimal("0.40").subtract(cost));
        assertThat(balance.get("reserved").decimalValue()).isEqualByComparingTo("0");
    }
}
