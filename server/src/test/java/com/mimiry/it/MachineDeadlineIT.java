package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Deadlines fire on the machine while no server runs; a server's silence alone ends nothing. */
class MachineDeadlineIT {
    private static final int MAX_DURATION_S = 8;

    @Test
    void a_deadline_is_kept_without_a_server_and_without_one_a_session_lives_on() {
        try (MimiryServer server = MimiryServer.start(Map.of())) {
            TestUser user = server.user("100");
            String limited =
                    user.create("\"command\":\"echo begun; sleep 1000\",\"max_duration\":%d".formatted(MAX_DURATION_S));
            String kept = user.create(
                    "\"command\":\"exit 5\",\"auto_terminate\":false,\"max_duration\":%d".formatted(MAX_DURATION_S));
            String free = user.create("\"command\":\"echo begun; sleep 1000\"");
            user.awaitState(limited, "started");
            user.awaitState(kept, "started");
            user.awaitState(free, "started");
            server.stop();
            assertThat(running(limited))
                    .as("a stopping server leaves sessions alone")
                    .isTrue();
            await().atMost(Duration.ofSeconds(MAX_DURATION_S + 15))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> !running(limited) && !running(kept));
            assertThat(running(free)).isTrue();
            server.start();
            JsonNode ended = user.awaitState(limited, "terminated");
            assertThat(ended.get("stop_reason").asText()).isEqualTo("timed_out");
            assertThat(SessionLifecycleIT.states(ended)).contains("stopped");
            assertThat(Duration.between(
                            Instant.parse(ended.get("started_at").asText()),
                            Instant.parse(ended.get("ended_at").asText())))
                    .as("its own end, not the time when the server came back")
                    .isBetween(Duration.ofSeconds(MAX_DURATION_S - 1), Duration.ofSeconds(MAX_DURATION_S + 14));
            assertThat(user.logs(limited, "?timestamps=false")).contains("begun");
            JsonNode afterwards = user.awaitState(kept, "terminated");
            assertThat(afterwards.get("stop_reason").asText()).isEqualTo("timed_out");
            assertThat(afterwards.get("exit_code").asInt()).isEqualTo(5);
            assertThat(user.session(free).get("state").asText()).isEqualTo("started");
            assertThat(running(free)).isTrue();
            user.end(free).expect(202);
            user.awaitState(free, "terminated");
            assertThat(SessionLifecycleIT.containersOf(limited)).isEmpty();
            assertThat(SessionLifecycleIT.containersOf(kept)).isEmpty();
            assertThat(SessionLifecycleIT.containersOf(free)).isEmpty();
        }
    }

    private static boolean running(String id) {
        return !Commands.run("docker", "ps", "-q", "--filter", "label=mimiry.session=" + id)
                .orFail()
                .text()
                .isEmpty();
    }
}
