package com.mimiry.it;

import static com.mimiry.it.MoneyFixture.COMPUTE;
import static com.mimiry.it.MoneyFixture.SESSIONS;
import static com.mimiry.it.MoneyFixture.assertAmount;
import static com.mimiry.it.MoneyFixture.balance;
import static com.mimiry.it.MoneyFixture.body;
import static com.mimiry.it.MoneyFixture.organization;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What limits, quotas, operators and suspensions let somebody do with money, and what they refuse. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MoneyRulesIT {
    private MoneyFixture money;

    @BeforeAll
    void start() {
        money = new MoneyFixture();
    }

    @AfterAll
    void close() {
        money.close();
    }

    @Test
    void without_an_account_the_balance_is_zero_and_nothing_starts() {
        TestUser user = money.server.user("0");
        JsonNode none = balance(user);
        assertAmount(none.get("balance"), "0");
        assertThat(none.get("currency").asText()).isEqualTo("EUR");
        TestUser.Reply refused = user.post(SESSIONS, body("")).expect(402);
        assertThat(refused.json().get("error").asText()).isEqualTo("no_balance");
        assertAmount(refused.json().get("balance"), "0");
    }

    @Test
    void an_organization_cannot_go_above_the_operators_limit_and_limits_members_only() {
        TestUser user = money.server.user("10");
        String limits = COMPUTE + "/spend-limits";
        money.server
                .admin(
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
    void money_is_not_given_to_an_organization_that_nobody_knows() {
        String path = COMPUTE + "/admin/billing/organizations/00000000-0000-4000-8000-000000000000";
        money.operator
                .post(path + "/credit", "{\"amount\":1,\"reason\":\"typing error\"}")
                .expect(404);
        money.operator
                .call("PUT", path + "/quota", "{\"name\":\"gpus\",\"limit\":1,\"reason\":\"x\"}")
                .expect(404);
    }

    @Test
    void a_quota_is_refused_by_name_with_limit_and_use() {
        TestUser user = money.server.user("10");
        String path = COMPUTE + "/admin/billing/organizations/"
                + organization(user).get("id").asText() + "/quota";
        money.operator
                .call("PUT", path, "{\"name\":\"gpus.T4\",\"limit\":0,\"reason\":\"test\"}")
                .expect(200);
        JsonNode gpus = user.post(SESSIONS, body("")).expect(429).json();
        assertThat(gpus.get("error").asText()).isEqualTo("quota_exceeded");
        assertThat(gpus.get("quota").asText()).isEqualTo("gpus.T4");
        assertThat(gpus.get("limit").asInt()).isZero();
        money.operator
                .call("PUT", path, "{\"name\":\"sessions\",\"limit\":0,\"reason\":\"test\"}")
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
        TestUser user = money.server.user("10");
        money.operator
                .call(
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
        TestUser user = money.server.user("10");
        String slug = organization(user).get("slug").asText();
        String id = user.create("\"auto_terminate\":false");
        user.awaitState(id, "started");
        money.server.admin("org", "suspend", slug, "--reason", "unpaid bills").orFail();
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("suspended");
        assertThat(organization(user).get("suspended").asBoolean()).isTrue();
        assertThat(balance(user).get("suspended").asBoolean()).isTrue();
        assertThat(user.post(SESSIONS, body("")).expect(403).text()).contains("unpaid bills");
        money.server.admin("org", "resume", slug).orFail();
        String again = user.create("");
        assertThat(user.end(again).status()).isEqualTo(202);
    }

    @Test
    void a_suspension_by_an_operator_blocks_until_it_is_lifted() {
        TestUser user = money.server.user("10");
        String organization = "/api/organizations/v1/admin/orgs/"
                + organization(user).get("id").asText();
        money.operator
                .post(organization + "/suspend", "{\"reason\":\"looks odd\"}")
                .expect(200);
        assertThat(balance(user).get("suspended").asBoolean()).isTrue();
        assertThat(user.post(SESSIONS, body("")).expect(403).text()).contains("looks odd");
        money.operator.call("POST", organization + "/unsuspend", null).expect(200);
        assertThat(balance(user).get("suspended").asBoolean()).isFalse();
        user.end(user.create("")).expect(202);
    }

    @Test
    void money_given_by_an_operator_is_booked_once_per_reference_and_stands_in_the_audit_log() {
        TestUser user = money.server.user("0");
        String id = organization(user).get("id").asText();
        String path = COMPUTE + "/admin/billing/organizations/" + id;
        String credit = "{\"amount\":12.5,\"reason\":\"invoice 7\",\"reference\":\"invoice-7\"}";
        money.operator.post(path + "/credit", credit).expect(200);
        money.operator.post(path + "/credit", credit).expect(200);
        money.operator
                .post(path + "/adjust", "{\"amount\":-2.5,\"reason\":\"typing error\"}")
                .expect(200);
        assertAmount(balance(user).get("balance"), "10");
        JsonNode audit = money.operator
                .get(COMPUTE + "/admin/billing/audit?org_id=" + id)
                .expect(200)
                .json();
        assertThat(audit.toString()).contains("invoice 7", "typing error", money.operator.email());
        assertThat(money.operator
                        .post(path + "/credit", "{\"amount\":-1,\"reason\":\"x\"}")
                        .status())
                .isEqualTo(422);
        assertThat(money.operator.post(path + "/credit", "{\"amount\":1}").status())
                .isEqualTo(422);
    }
}
