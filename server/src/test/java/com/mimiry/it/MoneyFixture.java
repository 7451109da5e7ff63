package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** A server where a T4 costs one cent a second and ten seconds are held, and what its users see of their money. */
final class MoneyFixture implements AutoCloseable {
    static final String COMPUTE = "/api/compute/v1";
    static final String SESSIONS = COMPUTE + "/sessions";

    final MimiryServer server = MimiryServer.start(Map.of(
            "mimiry.docker.prices.T4_16G_PCIe", "36",
            "mimiry.billing.hold", "10s",
            "mimiry.billing.posting-interval", "1s",
            "mimiry.billing.stop-margin", "2s",
            "mimiry.billing.low-balance-marks", "0.12,0.05"));
    final TestUser operator = server.operator("0");

    static String body(String fields) {
        return "{\"name\":\"paid\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]}%s}"
                .formatted(TestImage.name(), fields.isEmpty() ? "" : "," + fields);
    }

    static JsonNode balance(TestUser user) {
        return user.get(COMPUTE + "/balance").expect(200).json();
    }

    static JsonNode organization(TestUser user) {
        return user.get("/api/v1/me").expect(200).json().get("organizations").get(0);
    }

    static void assertAmount(JsonNode node, String euros) {
        assertThat(node.isNumber()).as(node.toString()).isTrue();
        assertThat(node.decimalValue()).isEqualByComparingTo(euros);
    }

    void assertBooksInOrder() {
        JsonNode check =
                operator.get(COMPUTE + "/admin/billing/check").expect(200).json();
        assertThat(check.get("balanced").asBoolean()).as(check.toString()).isTrue();
    }

    @Override
    public void close() {
        server.close();
    }
}
