package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A hundred sessions on one host, created as fast as one client gets them accepted. */
class HundredSessionsIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final int COUNT = 100;
    private static final Duration LIMIT = Duration.ofSeconds(100);

    @Test
    void a_hundred_sessions_all_run_and_end_and_leave_nothing() throws Exception {
        String busybox = TestImage.name();
        try (MimiryServer server = MimiryServer.start(Map.of(
                "mimiry.docker.hosts.local.uri",
                "unix:///var/run/docker.sock",
                "mimiry.docker.hosts.local.gpus",
                "T4:128",
                "mimiry.docker.memory-per-gpu",
                "32M"))) {
            TestUser user = server.user("1000");
            user.token();
            Instant begun = Instant.now();
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                ids.add(user.post(
                                SESSIONS,
                                "{\"name\":\"s%d\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]},\"command\":\"echo run-%d; sleep 5\"}"
                                        .formatted(i, busybox, i))
                        .expect(202)
                        .json()
                        .get("id")
                        .asText());
            }
            Instant created = Instant.now();
            Map<String, JsonNode> last = watch(user, begun);
            Instant ended = Instant.now();
            System.out.printf(
                    "%d sessions: created in %d ms, all at their end after %d ms%n",
                    COUNT,
                    Duration.between(begun, created).toMillis(),
                    Duration.between(begun, ended).toMillis());
            assertThat(last.keySet()).containsAll(ids);
            for (int i = 0; i < COUNT; i++) {
                JsonNode session = last.get(ids.get(i));
                assertThat(session.get("state").asText()).as(session.toString()).isEqualTo("terminated");
                assertThat(session.get("exit_code").asInt()).isZero();
                assertThat(user.logs(ids.get(i), "?timestamps=false")).isEqualTo("run-" + i + "\n");
                assertThat(SessionLifecycleIT.containersOf(ids.get(i))).isEmpty();
            }
            assertThat(user.get("/api/compute/v1/balance")
                            .json()
                            .get("burn_rate_per_hour")
                            .decimalValue())
                    .isZero();
        }
    }

    private Map<String, JsonNode> watch(TestUser user, Instant begun) throws InterruptedException {
        Map<String, JsonNode> last = new HashMap<>();
        int most = 0;
        while (true) {
            assertThat(Duration.between(begun, Instant.now()))
                    .as(last.toString())
                    .isLessThan(LIMIT);
            Set<String> open = new HashSet<>();
            int running = 0;
            for (JsonNode session :
                    user.get(SESSIONS + "?limit=100").expect(200).json().get("sessions")) {
                last.put(session.get("id").asText(), session);
                running += session.get("state").asText().equals("started") ? 1 : 0;
                if (session.get("terminated_at").isNull()) {
                    open.add(session.get("id").asText());
                }
            }
            most = Math.max(most, running);
            if (open.isEmpty()) {
                System.out.println("at most " + most + " were started at the same time");
                return last;
            }
            TimeUnit.SECONDS.sleep(1);
        }
    }
}
