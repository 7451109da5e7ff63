package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The server is killed with SIGKILL at random moments; nothing leaks, nothing is lost, nothing runs twice. */
class CrashIT {
    private static final int KILLS = 6;

    @Test
    void killed_at_random_moments_the_server_loses_no_session_no_line_and_no_container() throws Exception {
        long seed = Long.getLong("mimiry.seed", System.nanoTime());
        System.out.println("seed " + seed + " (repeat with -Dmimiry.seed=" + seed + ")");
        SplittableRandom random = new SplittableRandom(seed);
        try (MimiryServer server = MimiryServer.start(Map.of())) {
            TestUser user = server.user("1000");
            List<String> ids = new ArrayList<>();
            for (int kill = 0; kill < KILLS; kill++) {
                for (int i = 0; i < 3; i++) {
                    ids.add(user.create(
                            "\"command\":\"echo run-$(cat /proc/sys/kernel/random/uuid); for i in $(seq 1 200); do echo line-$i; done; sleep %d; echo last\""
                                    .formatted(random.nextInt(6))));
                }
                String deleted = ids.get(random.nextInt(ids.size()));
                if (random.nextBoolean()) {
                    user.end(deleted);
                }
                TimeUnit.MILLISECONDS.sleep(random.nextInt(2500));
                server.kill();
                server.start();
            }
            for (String id : ids) {
                check(user, id, user.awaitState(id, "terminated", "failed", "provision_failed"));
            }
            assertThat(Commands.run("docker", "ps", "-q", "--filter", "label=mimiry.session=" + ids.getFirst())
                            .text())
                    .isEmpty();
        }
    }

    private static void check(TestUser user, String id, JsonNode session) {
        assertThat(SessionLifecycleIT.containersOf(id))
                .as("containers of " + session)
                .isEmpty();
        assertThat(session.get("state").asText()).as(session.toString()).isEqualTo("terminated");
        boolean completed = session.get("stop_reason").isNull();
        String logs = session.get("started_at").isNull() ? "" : user.logs(id, "?tail=10000&timestamps=false");
        List<String> runs = logs.lines().filter(line -> line.startsWith("run-")).toList();
        assertThat(runs).as("a session starts once").hasSizeLessThanOrEqualTo(1);
        if (completed) {
            List<String> expected =
                    IntStream.rangeClosed(1, 200).mapToObj(i -> "line-" + i).toList();
            assertThat(logs.lines().filter(line -> line.startsWith("line-"))).containsExactlyElementsOf(expected);
            assertThat(logs).endsWith("last\n");
        }
    }
}
