package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Money ends on the machine too, with the server killed; a T4 costs one cent a second here. The server is killed once, under
 * the sessions of all tests, and is back when all of them have ended that were to end.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadManIT {
    private static final BigDecimal CENT = new BigDecimal("0.01");
    /** How often the server looks at the money of what runs, and some time for a busy machine. */
    private static final Duration NOTICED = Duration.ofSeconds(8);
    /** How long after the end of the money a container may still be there. */
    private static final Duration LATE = Duration.ofSeconds(6);

    private static final String FOREVER = "\"command\":\"sleep 1000\"";

    private final Map<Paid, Instant> finished = new HashMap<>();
    private final Set<Paid> outlived = new HashSet<>();
    private MimiryServer server;
    private TestUser sharing;
    private TestUser rich;
    private TestUser helped;
    private TestUser poor;
    private TestUser limited;
    private Paid first;
    private Paid second;
    private Paid running;
    private Paid extended;
    private Paid ending;
    private Paid capped;
    private Instant killedAt;

    /** A session, and for how long there was money for it when it began. */
    private record Paid(String id, Instant until) {}

    @BeforeAll
    void outliveTheServer() {
        server = MimiryServer.start(Map.of(
                "mimiry.docker.prices.T4_16G_PCIe", "36",
                "mimiry.billing.hold", "10s",
                "mimiry.billing.posting-interval", "1s",
                "mimiry.billing.stop-margin", "0s"));
        sharing = server.user("0.90");
        rich = server.user("100");
        helped = server.user("0.40");
        poor = server.user("0.30");
        limited = server.user("100");
        running = started(rich, FOREVER, 10_000);
        extended = started(helped, FOREVER, 40);
        server.admin("credit", "add", "--email", helped.email(), "--amount", "1", "--reason", "more")
                .orFail();
        first = started(sharing, FOREVER, 90);
        second = started(sharing, FOREVER, 90);
        ending = started(poor, FOREVER, 30);
        capped = started(limited, FOREVER + ",\"max_cost\":0.25", 25);
        untilNoticed();
        server.kill();
        killedAt = Instant.now();
        for (Paid over : List.of(ending, capped, first, second)) {
            await().atMost(Duration.ofSeconds(90)).until(() -> !runs(over.id));
            finished.put(over, Instant.parse(inspect(over.id, "{{.State.FinishedAt}}")));
        }
        Instant proven = extended.until.plus(LATE);
        await().atMost(Duration.ofSeconds(60)).until(() -> Instant.now().isAfter(proven));
        for (Paid live : List.of(extended, running)) {
            if (runs(live.id)) {
                outlived.add(live);
            }
        }
        server.start();
    }

    @AfterAll
    void close() {
        server.close();
    }

    @Test
    void with_the_server_killed_what_is_paid_for_runs_on_and_what_is_not_ends_by_itself() {
        assertEndedInTime(ending);
        assertThat(outlived).as("more was paid in").contains(extended);
        assertThat(outlived).as("a silent server is no reason").contains(running);

        JsonNode ended = poor.awaitState(ending.id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("balance_depleted");
        assertThat(SessionLifecycleIT.states(ended)).contains("stopped");
        assertBilledToTheSecond(poor, "0.30", ended);
        assertEndsWhenAsked(helped, extended);
        assertEndsWhenAsked(rich, running);
    }

    @Test
    void another_session_that_spends_the_same_money_brings_the_end_forward_on_the_first_ones_machine_too() {
        assertThat(finished.get(first)).isAfter(killedAt).isBefore(first.until.minusSeconds(30));
        assertThat(Duration.between(finished.get(first), finished.get(second)).abs())
                .isLessThan(Duration.ofSeconds(8));
        for (Paid each : List.of(first, second)) {
            assertThat(sharing.awaitState(each.id, "terminated")
                            .get("stop_reason")
                            .asText())
                    .isEqualTo("balance_depleted");
        }
    }

    @Test
    void a_cost_limit_that_is_reached_with_the_server_killed_is_named_when_it_is_back() {
        assertEndedInTime(capped);
        assertThat(limited.awaitState(capped.id, "terminated")
                        .get("stop_reason")
                        .asText())
                .isEqualTo("cost_limit");
    }

    private void assertEndedInTime(Paid paid) {
        assertThat(paid.until).as("the money was to last until after the kill").isAfter(killedAt);
        assertThat(finished.get(paid)).isBetween(paid.until, paid.until.plus(LATE));
    }

    private static void assertEndsWhenAsked(TestUser user, Paid paid) {
        assertThat(user.session(paid.id).get("state").asText()).isEqualTo("started");
        user.end(paid.id).expect(202);
        assertThat(user.awaitState(paid.id, "terminated").get("stop_reason").asText())
                .isEqualTo("user_requested");
    }

    private static Paid started(TestUser user, String fields, int seconds) {
        String id = user.create(fields);
        JsonNode started = user.awaitState(id, "started");
        return new Paid(
                id, Instant.parse(started.get("provisioned_at").asText()).plusSeconds(seconds));
    }

    private static void untilNoticed() {
        await().pollDelay(NOTICED).atMost(NOTICED.plusSeconds(5)).until(() -> true);
    }

    private static boolean runs(String id) {
        return inspect(id, "{{.State.Running}}").equals("true");
    }

    private static String inspect(String id, String format) {
        String container = SessionLifecycleIT.containersOf(id).strip();
        return Commands.run("docker", "inspect", "--format", format, container)
                .orFail()
                .text()
                .strip();
    }

    /** What was charged is the time from the begin of its machine to the proven end, and the rest is still there. */
    private static void assertBilledToTheSecond(TestUser user, String paid, JsonNode ended) {
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
        assertThat(balance.get("balance").decimalValue()).isEqualByComparingTo(new BigDecimal(paid).subtract(cost));
        assertThat(balance.get("reserved").decimalValue()).isEqualByComparingTo("0");
    }
}
