package com.mimiry.it;

import static com.mimiry.it.MoneyFixture.COMPUTE;
import static com.mimiry.it.MoneyFixture.SESSIONS;
import static com.mimiry.it.MoneyFixture.assertAmount;
import static com.mimiry.it.MoneyFixture.balance;
import static com.mimiry.it.MoneyFixture.body;
import static com.mimiry.it.MoneyFixture.organization;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What sessions that really run are charged, and that the end of the money ends them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MoneyIT {
    private static final BigDecimal CENT = new BigDecimal("0.01");

    private MoneyFixture money;

    @BeforeAll
    void start() {
        money = new MoneyFixture();
    }

    @AfterAll
    void close() {
        money.close();
    }

    private static BigDecimal sum(Iterable<JsonNode> items, String field) {
        return StreamSupport.stream(items.spliterator(), false)
                .map(item -> item.get(field).decimalValue())
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static BigDecimal csvSum(String csv, String column) {
        List<String> lines = csv.lines().toList();
        int index = List.of(lines.getFirst().split(",", -1)).indexOf(column);
        return lines.stream()
                .skip(1)
                .map(line -> line.split(",", -1)[index])
                .filter(amount -> !amount.isEmpty())
                .map(BigDecimal::new)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static TestUser.Reply as(TestUser user, String accept, String path) {
        return user.send(
                user.request("GET", path, null, true).header("Accept", accept).build());
    }

    @Test
    void a_session_is_held_for_charged_by_the_second_and_every_report_agrees() {
        TestUser user = money.server.user("100");
        String id = user.create("\"command\":\"sleep 2\"");
        JsonNode during = balance(user);
        assertAmount(during.get("balance"), "100");
        assertAmount(during.get("reserved"), "0.10");
        assertAmount(during.get("available"), "99.90");
        JsonNode ended = user.awaitState(id, "terminated");

        BigDecimal cost = ended.get("cost").decimalValue();
        assertAmount(ended.get("hourly_rate"), "36");
        long seconds = cost.divide(CENT).longValueExact();
        Instant began = Instant.parse(ended.get("provisioned_at").asText());
        assertThat(seconds)
                .isBetween(
                        Duration.between(
                                        began,
                                        Instant.parse(ended.get("ended_at").asText()))
                                .toSeconds(),
                        1
                                + Duration.between(
                                                began,
                                                Instant.parse(ended.get("terminated_at")
                                                        .asText()))
                                        .toSeconds());
        JsonNode after = balance(user);
        BigDecimal left = new BigDecimal("100").subtract(cost);
        assertThat(after.get("balance").decimalValue()).isEqualByComparingTo(left);
        assertAmount(after.get("reserved"), "0");
        assertAmount(after.get("burn_rate_per_hour"), "0");

        JsonNode all =
                user.get(COMPUTE + "/transactions?limit=1000").expect(200).json();
        assertThat(sum(all.get("transactions"), "amount")).isEqualByComparingTo(left);
        assertThat(all.get("transactions").get(0).get("balance_after").decimalValue())
                .isEqualByComparingTo(left);
        JsonNode own = user.get(COMPUTE + "/transactions?limit=1000&session_id=" + id)
                .expect(200)
                .json();
        assertThat(sum(own.get("transactions"), "amount")).isEqualByComparingTo(cost.negate());
        assertThat(own.get("total").asInt()).isEqualTo(own.get("transactions").size());
        assertThat(user.get(COMPUTE + "/transactions?type=credit")
                        .json()
                        .get("total")
                        .asInt())
                .isOne();
        TestUser.Reply csv = as(user, "text/csv", COMPUTE + "/transactions").expect(200);
        assertThat(csv.response().headers().firstValue("Content-Type").orElse(""))
                .startsWith("text/csv");
        assertThat(csvSum(csv.text(), "amount")).isEqualByComparingTo(left);

        for (String group : List.of("user", "session", "gpu", "day")) {
            JsonNode usage =
                    user.get(COMPUTE + "/usage?group_by=" + group).expect(200).json();
            assertThat(usage.get("total").decimalValue()).as(group).isEqualByComparingTo(cost);
            assertThat(sum(usage.get("usage"), "seconds").longValueExact()).isEqualTo(seconds);
        }
        assertThat(user.get(COMPUTE + "/usage?group_by=colour").status()).isEqualTo(422);
        assertStatement(user, left);
        money.assertBooksInOrder();
    }

    private static void assertStatement(TestUser user, BigDecimal left) {
        String path = COMPUTE + "/statements/" + YearMonth.now(ZoneOffset.UTC);
        JsonNode statement = user.get(path).expect(200).json();
        assertThat(statement.get("total").decimalValue()).isEqualByComparingTo(left);
        assertThat(statement.get("closing").decimalValue()).isEqualByComparingTo(left);
        assertThat(sum(statement.get("lines"), "amount")).isEqualByComparingTo(left);
        assertThat(csvSum(as(user, "text/csv", path).expect(200).text(), "amount"))
                .isEqualByComparingTo(left);
        assertThat(pdfText(user, path))
                .contains("Total of the month")
                .contains(left.setScale(6).toPlainString());
    }

    private static String pdfText(TestUser user, String path) {
        HttpRequest request = user.request("GET", path, null, true)
                .header("Accept", "application/pdf")
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            byte[] pdf =
                    http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
            try (PDDocument document = Loader.loadPDF(pdf)) {
                return new PDFTextStripper().getText(document);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void too_little_money_is_refused_with_what_it_would_buy_and_max_cost_keeps_to_it() {
        TestUser user = money.server.user("0.05");
        TestUser.Reply refused = user.post(SESSIONS, body("")).expect(402);
        assertThat(refused.json().get("error").asText()).isEqualTo("insufficient_balance");
        assertAmount(refused.json().get("balance"), "0.05");
        assertAmount(refused.json().get("needed"), "0.10");
        assertAmount(refused.json().get("affordable_max_cost"), "0.05");
        assertThat(refused.json().get("affordable_seconds").asInt()).isEqualTo(5);
        assertThat(user.get(SESSIONS).json().get("total").asInt()).isZero();

        String id = user.create("\"command\":\"sleep 1000\",\"max_cost\":0.05");
        assertAmount(balance(user).get("available"), "0");
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(SessionLifecycleIT.states(ended)).contains("stopped");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("cost_limit");
        assertThat(ended.get("cost").decimalValue()).isGreaterThanOrEqualTo(new BigDecimal("0.05"));
    }

    /** The bill is for the time until the machine was proven gone, to the second, a begun one included. */
    private static void assertCharged(JsonNode ended) {
        Instant began = Instant.parse(ended.get("provisioned_at").asText());
        Instant commandEnd = Instant.parse(ended.get("ended_at").asText());
        Instant gone = Instant.parse(ended.get("terminated_at").asText());
        assertThat(ended.get("cost").decimalValue().divide(CENT).longValueExact())
                .isBetween(
                        Duration.between(began, commandEnd).toSeconds(),
                        1 + Duration.between(began, gone).toSeconds());
    }

    @Test
    void the_end_of_the_money_ends_the_session_with_grace_and_what_it_uses_meanwhile_is_booked_below_zero() {
        TestUser user = money.server.user("0.15");
        String id =
                user.create("\"command\":\"trap 'sleep 5; echo tidied; exit 0' TERM; while :; do sleep 0.1; done\"");
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("balance_depleted");
        assertThat(SessionLifecycleIT.states(ended)).contains("stopped");
        assertThat(user.logs(id, "?tail=5")).as("what it does in its grace").contains("tidied");
        assertCharged(ended);
        BigDecimal cost = ended.get("cost").decimalValue();
        assertThat(cost)
                .as("13 seconds were paid for, and tidying takes 5 more")
                .isGreaterThan(new BigDecimal("0.17"));
        JsonNode after = balance(user);
        assertThat(after.get("balance").decimalValue())
                .isEqualByComparingTo(new BigDecimal("0.15").subtract(cost))
                .isNegative();
        assertAmount(after.get("reserved"), "0");
        assertThat(SessionLifecycleIT.containersOf(id)).isEmpty();
        JsonNode own = user.get(COMPUTE + "/transactions?limit=1000&session_id=" + id)
                .expect(200)
                .json();
        assertThat(sum(own.get("transactions"), "amount")).isEqualByComparingTo(cost.negate());
        assertThat(user.post(SESSIONS, body("")).status()).isEqualTo(402);
        money.assertBooksInOrder();
        assertEventsTold(user);
    }

    /** Two configured marks and the end, in order, and each of them once for who follows the feed. */
    private static void assertEventsTold(TestUser user) {
        String feed = COMPUTE + "/balance/events";
        JsonNode events = user.get(feed).expect(200).json();
        assertThat(events.get("events").findValuesAsText("type"))
                .containsExactly("low_balance", "low_balance", "balance_depleted");
        assertAmount(events.get("events").get(0).get("mark"), "0.12");
        assertAmount(events.get("events").get(1).get("mark"), "0.05");
        assertThat(events.get("events").get(1).get("balance").decimalValue())
                .isLessThanOrEqualTo(new BigDecimal("0.05"));
        JsonNode first = user.get(feed + "?limit=1").expect(200).json();
        assertThat(first.get("events")).hasSize(1);
        JsonNode rest = user.get(feed + "?after=" + first.get("next").asText())
                .expect(200)
                .json();
        assertThat(rest.get("events").findValuesAsText("id"))
                .isEqualTo(events.get("events").findValuesAsText("id").subList(1, 3));
        assertThat(user.get(feed + "?after=" + rest.get("next").asText()).json().get("events"))
                .isEmpty();
        assertThat(user.get(feed + "?after=soon").status()).isEqualTo(422);
    }

    @Test
    void a_spend_limit_that_the_owner_sets_ends_what_runs_and_lets_nothing_start_until_it_is_lifted() {
        TestUser user = money.server.user("10");
        String limits = COMPUTE + "/spend-limits";
        String id = user.create("\"command\":\"sleep 1000\"");
        user.awaitState(id, "started");
        user.call("PUT", limits, "{\"period\":\"day\",\"limit\":0.2}").expect(200);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("cost_limit");
        assertThat(ended.get("events").toString()).contains("cost limit");
        assertThat(SessionLifecycleIT.states(ended)).contains("stopped");
        assertCharged(ended);
        BigDecimal cost = ended.get("cost").decimalValue();
        assertThat(cost).isGreaterThanOrEqualTo(new BigDecimal("0.2"));
        assertThat(balance(user).get("balance").decimalValue())
                .isEqualByComparingTo(new BigDecimal("10").subtract(cost));
        JsonNode refused = user.post(SESSIONS, body("")).expect(402).json();
        assertThat(refused.get("error").asText()).isEqualTo("spend_limit_reached");
        assertThat(refused.get("set_by").asText()).isEqualTo("organization");
        assertThat(refused.get("spent").decimalValue()).isEqualByComparingTo(cost);
        JsonNode shown = user.get(limits).expect(200).json().get("spend_limits");
        assertThat(shown).hasSize(1);
        assertThat(shown.get(0).get("spent").decimalValue()).isEqualByComparingTo(cost);
        user.call("PUT", limits, "{\"period\":\"day\",\"limit\":null}").expect(200);
        user.end(user.create("")).expect(202);
    }

    @Test
    void the_use_of_somebody_who_has_left_stays_with_the_organization() {
        TestUser owner = money.server.user("50");
        TestUser member = money.server.user("0");
        String org = owner.post("/api/organizations/v1", "{\"name\":\"Leavers\"}")
                .expect(201)
                .json()
                .get("id")
                .asText();
        String path = "/api/organizations/v1/" + org;
        money.server
                .admin("credit", "add", "--org", org, "--amount", "5", "--reason", "start")
                .orFail();
        String invitation = owner.post(
                        path + "/members/invite", "{\"email\":\"%s\",\"role\":\"member\"}".formatted(member.email()))
                .expect(201)
                .json()
                .get("token")
                .asText();
        member.call("POST", "/api/organizations/v1/invitations/" + invitation + "/accept", null)
                .expect(200);
        String id = member.create("\"command\":\"true\",\"org_id\":\"%s\"".formatted(org));
        member.awaitState(id, "terminated");
        String memberId = member.get("/api/v1/me").expect(200).json().get("id").asText();
        owner.call("DELETE", path + "/members/" + memberId, null).expect(204);

        String use = COMPUTE + "/usage?group_by=user&org_id=" + org;
        assertThat(owner.get(use).expect(200).text()).contains(memberId);
        String balances = COMPUTE + "/balance/user/%s?org_id=" + org;
        assertThat(owner.get(balances.formatted(memberId))
                        .expect(200)
                        .json()
                        .get("user_id")
                        .asText())
                .isEqualTo(memberId);
        member.get(balances.formatted(memberId)).expect(404);
        owner.get(balances.formatted(
                        money.operator.get("/api/v1/me").json().get("id").asText()))
                .expect(404);
    }

    @Test
    void the_command_line_gives_back_what_a_session_cost_and_no_more_while_the_server_runs() {
        TestUser user = money.server.user("1");
        String id = user.create("\"command\":\"true\"");
        BigDecimal cost = user.awaitState(id, "terminated").get("cost").decimalValue();
        String given = cost.toPlainString();
        money.server
                .admin(
                        "refund",
                        "--email",
                        user.email(),
                        "--amount",
                        given,
                        "--session",
                        id,
                        "--reason",
                        "host was down")
                .orFail();
        assertAmount(balance(user).get("balance"), "1");
        assertThat(money.server
                        .admin(
                                "refund",
                                "--email",
                                user.email(),
                                "--amount",
                                "0.01",
                                "--session",
                                id,
                                "--reason",
                                "again")
                        .exitCode())
                .isEqualTo(1);
        assertThat(money.server
                        .admin(
                                "audit",
                                "list",
                                "--org",
                                organization(user).get("id").asText())
                        .orFail()
                        .text())
                .contains("refund " + given, "host was down", "command line");
        assertThat(user.get(COMPUTE + "/transactions?type=refund")
                        .json()
                        .get("total")
                        .asInt())
                .isOne();
        money.assertBooksInOrder();
    }
}
