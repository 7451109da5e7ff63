package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** A hundred sessions at the same time on one host, created as fast as one client gets them accepted. */
class HundredSessionsIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final int COUNT = 100;
    private static final Duration LIMIT = Duration.ofSeconds(200);

    @Test
    void a_hundred_sessions_run_side_by_side_share_no_gpu_and_leave_nothing() throws Exception {
        String busybox = TestImage.name();
        try (MimiryServer server = MimiryServer.start(Map.of(
                "mimiry.docker.hosts.local.uri",
                "unix:///var/run/docker.sock",
                "mimiry.docker.hosts.local.gpus",
                "T4:" + COUNT,
                "mimiry.docker.memory-per-gpu",
                "32M"))) {
            TestUser user = server.user("1000");
            user.token();
            Instant begun = Instant.now();
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                ids.add(user.post(
                                SESSIONS,
                                "{\"name\":\"s%d\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]},\"command\":\"echo run-%d; sleep 600\"}"
                                        .formatted(i, busybox, i))
                        .expect(202)
                        .json()
                        .get("id")
                        .asText());
            }
            Instant created = Instant.now();
            awaitAll(user, begun, "all run", HundredSessionsIT::running);
            Instant running = Instant.now();
            for (int i = 0; i < COUNT; i++) {
                assertThat(user.logs(ids.get(i), "?timestamps=false")).isEqualTo("run-" + i + "\n");
            }
            // There are as many GPUs as sessions, so whoever shared one would leave one for this.
            String oneMore = user.create("");
            assertThat(user.awaitState(oneMore, "provision_failed", "started")
                            .get("error")
                            .asText())
                    .contains("No machine with 1 × T4");
            ids.forEach(user::end);
            awaitAll(
                    user,
                    begun,
                    "all are gone",
                    session -> !session.get("terminated_at").isNull());
            System.out.printf(
                    "%d sessions: created in %d ms, all running after %d ms, gone after %d ms%n",
                    COUNT,
                    Duration.between(begun, created).toMillis(),
                    Duration.between(begun, running).toMillis(),
                    Duration.between(begun, Instant.now()).toMillis());
            for (String id : ids) {
                assertThat(user.awaitState(id, "terminated").get("stop_reason").asText())
                        .isEqualTo("user_requested");
                assertThat(SessionLifecycleIT.containersOf(id)).isEmpty();
            }
            assertThat(user.get("/api/compute/v1/balance")
                            .json()
                            .get("burn_rate_per_hour")
                            .decimalValue())
                    .isZero();
        }
    }

    private static boolean running(JsonNode session) {
        return session.get("state").asText().equals("started");
    }

    private static void awaitAll(TestUser user, Instant begun, String what, Predicate<JsonNode> condition)
            throws InterruptedException {
        while (true) {
            JsonNode sessions =
                    user.get(SESSIONS + "?limit=" + COUNT).expect(200).json().get("sessions");
            assertThat(sessions).hasSize(COUNT);
            if (StreamSupport.stream(sessions.spliterator(), false).allMatch(condition)) {
                return;
            }
            assertThat(Duration.between(begun, Instant.now()))
                    .as("until %s: %s", what, sessions)
                    .isLessThan(LIMIT);
            TimeUnit.SECONDS.sleep(1);
        }
    }
}
