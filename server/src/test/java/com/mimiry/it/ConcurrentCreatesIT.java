package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A hundred requests at the same moment, with money for four. */
class ConcurrentCreatesIT {
    private static final String COMPUTE = "/api/compute/v1";
    private static final int REQUESTS = 100;

    private final TestUser user = MimiryServer.shared().user("1.50");

    @Test
    void no_more_are_accepted_than_the_balance_covers() throws Exception {
        String body = "{\"name\":\"crowd\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]}}"
                .formatted(TestImage.name());
        user.token();
        CountDownLatch together = new CountDownLatch(1);
        List<Future<TestUser.Reply>> replies = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < REQUESTS; i++) {
                replies.add(clients.submit(() -> {
                    together.await();
                    return user.post(COMPUTE + "/sessions", body);
                }));
            }
            together.countDown();
        }
        JsonNode balance = user.get(COMPUTE + "/balance").expect(200).json();
        List<String> accepted = new ArrayList<>();
        for (Future<TestUser.Reply> each : replies) {
            TestUser.Reply reply = each.get();
            if (reply.status() == 202) {
                accepted.add(reply.json().get("id").asText());
            } else {
                assertThat(reply.expect(402).json().get("error").asText()).isEqualTo("insufficient_balance");
            }
        }
        // A T4 costs 0.35 EUR an hour, and an hour is reserved.
        assertThat(accepted).hasSize(4);
        assertThat(balance.get("reserved").decimalValue()).isLessThanOrEqualTo(new BigDecimal("1.50"));
        assertThat(balance.get("balance").decimalValue()).isPositive();
        accepted.forEach(id -> user.end(id).expect(202));
        accepted.forEach(id -> user.awaitState(id, "terminated"));
    }
}
