package com.mimiry.it;

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
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Money through the API, with sessions that really run: a T4 costs one cent a second here, and ten seconds are held. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MoneyIT {
    private static final String COMPUTE = "/api/compute/v1";
    private static final String SESSIONS = COMPUTE + "/sessions";
    private static final BigDecimal CENT = new BigDecimal("0.01");

    private MimiryServer server;
    private TestUser operator;

    @BeforeAll
    void start() {
        server = MimiryServer.start(Map.of(
                "mimiry.docker.prices.T4_16G_PCIe", "36",
                "mimiry.billing.hold", "10s",
                "mimiry.billing.posting-interval", "1s",
                "mimiry.billing.stop-margin", "2s",
                "mimiry.billing.low-balance-marks", "0.12,0.05",
                "mimiry.sessions.shown-at-least", "1s",
                "mimiry.sessions.settle-after-logs", "1s"));
        operator = server.user("0");
        server.admin("user", "operator", operator.email()).orFail();
    }

    @AfterAll
    void close() {
        server.close();
    }

    private static String body(String fields) {
        return "{\"name\":\"paid\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]}%s}"
                .formatted(TestImage.name(), fields.isEmpty() ? "" : "," + fields);
    }

    private static JsonNode balance(TestUser user) {
        return user.get(COMPUTE + "/balance").expect(200).json();
    }

    private static JsonNode organization(TestUser user) {
        return user.get("/api/v1/me").expect(200).json().get("organizations").get(0);
    }

    private static void assertAmount(JsonNode node, String euros) {
        assertThat(node.isNumber()).as(node.toString()).isTrue();
        assertThat(node.decimalValue()).isEqualByComparingTo(euros);
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
        TestUser user = server.user("100");
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
        assertBooksInOrder();
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
    void without_an_account_the_balance_is_zero_and_nothing_starts() {
        TestUser user = server.user("0");
        JsonNode none = balance(user);
        assertAmount(none.get("balance"), "0");
        assertThat(none.get("currency").asText()).isEqualTo("EUR");
        TestUser.Reply refused = user.post(SESSIONS, body("")).expect(402);
        assertThat(refused.json().get("error").asText()).isEqualTo("no_balance");
        assertAmount(refused.json().get("balance"), "0");
    }

    @Test
    void too_little_money_is_refused_with_what_it_would_buy_and_max_cost_keeps_to_it() {
        TestUser user = server.user("0.05");
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

    private void assertBooksInOrder() {
        JsonNode check =
                operator.get(COMPUTE + "/admin/billing/check").expect(200).json();
        assertThat(check.get("balanced").asBoolean()).as(check.toString()).isTrue();
    }

    @Test
    void the_end_of_the_money_ends_the_session_with_grace_and_what_it_uses_meanwhile_is_booked_below_zero() {
        TestUser user = server.user("0.15");
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
        assertBooksInOrder();
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
        TestUser user = server.user("10");
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
    void an_organization_cannot_go_above_the_operators_limit_and_limits_members_only() {
        TestUser user = server.user("10");
        String limits = COMPUTE + "/spend-limits";
        server.admin(
                        "spend-limit",
                        "set",
                        "--email",
                        user.email(),
                        "--period",
                        "month",
                        "--limit",
                        "5",
                        "--reason",
                        "agreed")
                .orFail();
        assertThat(user.call("PUT", limits, "{\"period\":\"month\",\"limit\":6}")
                        .expect(422)
                        .text())
                .contains("5 EUR");
        user.call("PUT", limits, "{\"period\":\"month\",\"limit\":4}").expect(200);
        assertThat(user.get(COMPUTE + "/quota").json().get("spend_limits").findValuesAsText("set_by"))
                .containsExactlyInAnyOrder("operator", "organization");
        String stranger = "00000000-0000-4000-8000-000000000000";
        for (String bad : List.of(
                "{\"period\":\"month\",\"limit\":1,\"user_id\":\"" + stranger + "\"}",
                "{\"period\":\"year\",\"limit\":1}",
                "{\"limit\":1}",
                "{\"period\":\"day\",\"limit\":-1}",
                "{\"period\":\"day\",\"limit\":0.0000001}")) {
            assertThat(user.call("PUT", limits, bad).status()).as(bad).isEqualTo(422);
        }
    }

    @Test
    void the_use_of_somebody_who_has_left_stays_with_the_organization() {
        TestUser owner = server.user("50");
        TestUser member = server.user("0");
        String org = owner.post("/api/organizations/v1", "{\"name\":\"Leavers\"}")
                .expect(201)
                .json()
                .get("id")
                .asText();
        String path = "/api/organizations/v1/" + org;
        server.admin("credit", "add", "--org", org, "--amount", "5", "--reason", "start")
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
        owner.get(balances.formatted(operator.get("/api/v1/me").json().get("id").asText()))
                .expect(404);
    }

    @Test
    void money_is_not_given_to_an_organization_that_nobody_knows() {
        String path = COMPUTE + "/admin/billing/organizations/00000000-0000-4000-8000-000000000000";
        operator.post(path + "/credit", "{\"amount\":1,\"reason\":\"typing error\"}")
                .expect(404);
        operator.call("PUT", path + "/quota", "{\"name\":\"gpus\",\"limit\":1,\"reason\":\"x\"}")
                .expect(404);
    }

    @Test
    void the_command_line_gives_back_what_a_session_cost_and_no_more_while_the_server_runs() {
        TestUser user = server.user("1");
        String id = user.create("\"command\":\"true\"");
        BigDecimal cost = user.awaitState(id, "terminated").get("cost").decimalValue();
        String given = cost.toPlainString();
        server.admin("refund", "--email", user.email(), "--amount", given, "--session", id, "--reason", "host was down")
                .orFail();
        assertAmount(balance(user).get("balance"), "1");
        assertThat(server.admin(
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
        assertThat(server.admin(
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
        assertBooksInOrder();
    }

    @Test
    void a_quota_is_refused_by_name_with_limit_and_use() {
        TestUser user = server.user("10");
        String path = COMPUTE + "/admin/billing/organizations/"
                + organization(user).get("id").asText() + "/quota";
        operator.call("PUT", path, "{\"name\":\"gpus.T4\",\"limit\":0,\"reason\":\"test\"}")
                .expect(200);
        JsonNode gpus = user.post(SESSIONS, body("")).expect(429).json();
        assertThat(gpus.get("error").asText()).isEqualTo("quota_exceeded");
        assertThat(gpus.get("quota").asText()).isEqualTo("gpus.T4");
        assertThat(gpus.get("limit").asInt()).isZero();
        operator.call("PUT", path, "{\"name\":\"sessions\",\"limit\":0,\"reason\":\"test\"}")
                .expect(200);
        JsonNode sessions = user.post(SESSIONS, body("")).expect(429).json();
        assertThat(sessions.get("quota").asText()).isEqualTo("sessions");
        assertThat(sessions.get("used").asInt()).isZero();
        assertAmount(balance(user).get("reserved"), "0");
        JsonNode quota = user.get(COMPUTE + "/quota").expect(200).json().get("quotas");
        assertThat(StreamSupport.stream(quota.spliterator(), false)
                        .filter(line -> line.get("name").asText().equals("gpus.T4")
                                && line.get("scope").asText().equals("organization"))
                        .map(line -> line.get("limit").asInt()))
                .containsExactly(0);
    }

    @Test
    void a_spend_limit_is_refused_with_the_numbers() {
        TestUser user = server.user("10");
        operator.call(
                        "PUT",
                        COMPUTE + "/admin/billing/organizations/"
                                + organization(user).get("id").asText() + "/spend-limit",
                        "{\"period\":\"day\",\"limit\":0.05,\"reason\":\"test\"}")
                .expect(200);
        JsonNode refused = user.post(SESSIONS, body("")).expect(402).json();
        assertThat(refused.get("error").asText()).isEqualTo("spend_limit_reached");
        assertAmount(refused.get("limit"), "0.05");
        assertAmount(refused.get("needed"), "0.10");
    }

    @Test
    void a_suspension_from_the_command_line_stops_what_runs_and_lets_nothing_start() {
        TestUser user = server.user("10");
        String slug = organization(user).get("slug").asText();
        String id = user.create("\"auto_terminate\":false");
        user.awaitState(id, "started");
        server.admin("org", "suspend", slug, "--reason", "unpaid bills").orFail();
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("suspended");
        assertThat(organization(user).get("suspended").asBoolean()).isTrue();
        assertThat(balance(user).get("suspended").asBoolean()).isTrue();
        assertThat(user.post(SESSIONS, body("")).expect(403).text()).contains("unpaid bills");
        server.admin("org", "resume", slug).orFail();
        String again = user.create("");
        assertThat(user.end(again).status()).isEqualTo(202);
    }

    @Test
    void a_suspension_by_an_operator_blocks_until_it_is_lifted() {
        TestUser user = server.user("10");
        String organization = "/api/organizations/v1/admin/orgs/"
                + organization(user).get("id").asText();
        operator.post(organization + "/suspend", "{\"reason\":\"looks odd\"}").expect(200);
        assertThat(balance(user).get("suspended").asBoolean()).isTrue();
        assertThat(user.post(SESSIONS, body("")).expect(403).text()).contains("looks odd");
        operator.call("POST", organization + "/unsuspend", null).expect(200);
        assertThat(balance(user).get("suspended").asBoolean()).isFalse();
        user.end(user.create("")).expect(202);
    }

    @Test
    void money_given_by_an_operator_is_booked_once_per_reference_and_stands_in_the_audit_log() {
        TestUser user = server.user("0");
        String id = organization(user).get("id").asText();
        String path = COMPUTE + "/admin/billing/organizations/" + id;
        String credit = "{\"amount\":12.5,\"reason\":\"invoice 7\",\"reference\":\"invoice-7\"}";
        operator.post(path + "/credit", credit).expect(200);
        operator.post(path + "/credit", credit).expect(200);
        operator.post(path + "/adjust", "{\"amount\":-2.5,\"reason\":\"typing error\"}")
                .expect(200);
        assertAmount(balance(user).get("balance"), "10");
        JsonNode audit = operator.get(COMPUTE + "/admin/billing/audit?org_id=" + id)
                .expect(200)
                .json();
        assertThat(audit.toString()).contains("invoice 7", "typing error", operator.email());
        assertThat(operator.post(path + "/credit", "{\"amount\":-1,\"reason\":\"x\"}")
                        .status())
                .isEqualTo(422);
        assertThat(operator.post(path + "/credit", "{\"amount\":1}").status()).isEqualTo(422);
    }
}
