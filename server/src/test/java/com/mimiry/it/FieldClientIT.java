package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What clients in the field conclude of each end. They poll every five seconds, read the logs before the state, and never
 * look again once they have seen an end. All of them poll side by side.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FieldClientIT {
    private static final String SESSIONS = "/api/compute/v1/sessions/";
    private static final Set<String> ENDS = Set.of("completed", "failed", "provision_failed", "stopped", "terminated");
    private static final int POLLS_MAX = 18;

    private final MimiryServer server = MimiryServer.sharedAsShipped();
    private final TestUser user = server.user("100");
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private Future<Conclusion> succeeding;
    private Future<Conclusion> failing;
    private Future<Conclusion> unpullable;
    private Future<Conclusion> deleted;
    private Future<Conclusion> overlong;
    private Future<Conclusion> kept;
    private Future<Conclusion> keptAfterFailure;

    /**
     * @param states each once, in the order seen
     * @param refusals to show logs
     * @param logs as they were last read, before the last look at the session
     */
    private record Conclusion(List<String> states, List<TestUser.Reply> refusals, String logs, JsonNode last) {
        String state() {
            return states.getLast();
        }

        /** A {@code terminated} without exit code is taken for success. */
        boolean succeeded() {
            return state().equals("completed")
                    || (state().equals("terminated") && last.get("exit_code").asInt(0) == 0);
        }
    }

    @BeforeAll
    void begin() {
        succeeding = client(() -> user.create("\"command\":\"seq 1 500\""));
        failing = client(() -> user.create("\"command\":\"echo out; exit 3\""));
        unpullable = client(() -> user.post(
                        "/api/compute/v1/sessions",
                        "{\"name\":\"x\",\"image\":{\"uri\":\"127.0.0.1:9/none:1\"},\"gpu\":{\"types\":[\"T4\"]},\"command\":\"true\"}")
                .expect(202)
                .json()
                .get("id")
                .asText());
        deleted = client(() -> {
            String id = user.create("\"command\":\"echo begun; sleep 1000\"");
            clients.submit(() -> {
                user.awaitSession(
                        id, _ -> user.get(SESSIONS + id + "/logs").text().contains("begun"));
                return user.end(id).expect(202);
            });
            return id;
        });
        overlong = client(() -> user.create("\"command\":\"echo begun; sleep 1000\",\"max_duration\":2"));
        kept = client(() -> user.create("\"command\":\"echo out\",\"auto_terminate\":{\"mode\":\"never\"}"));
        keptAfterFailure = client(
                () -> user.create("\"command\":\"echo out; exit 5\",\"auto_terminate\":{\"mode\":\"on_success\"}"));
    }

    @AfterAll
    void close() {
        clients.close();
    }

    private Future<Conclusion> client(Callable<String> create) {
        return clients.submit(() -> follow(create.call()));
    }

    private Conclusion follow(String id) throws InterruptedException {
        List<String> states = new ArrayList<>();
        List<TestUser.Reply> refusals = new ArrayList<>();
        String logs = "";
        JsonNode session = TestUser.JSON.nullNode();
        for (int i = 0; i < POLLS_MAX; i++) {
            TestUser.Reply reply = user.get(SESSIONS + id + "/logs?tail=1000&timestamps=false");
            if (reply.status() == 200) {
                logs = reply.json().get("logs").asText();
            } else {
                refusals.add(reply);
            }
            session = user.session(id);
            String state = session.get("state").asText();
            if (states.isEmpty() || !states.getLast().equals(state)) {
                states.add(state);
            }
            if (ENDS.contains(state) || !session.get("exit_code").isNull() && logs.contains("[mimiry]")) {
                return new Conclusion(states, refusals, logs, session);
            }
            TimeUnit.SECONDS.sleep(5);
        }
        throw new AssertionError("no end after " + POLLS_MAX + " looks: " + session);
    }

    @Test
    void a_command_that_succeeds_is_seen_started_and_then_completed_with_all_of_its_output() throws Exception {
        Conclusion seen = succeeding.get();
        assertThat(seen.states()).endsWith("started", "completed");
        assertThat(seen.succeeded()).isTrue();
        assertThat(seen.logs()).contains("1\n", "500\n");
        assertThat(seen.logs().lines()).hasSize(500);
        assertThat(seen.refusals()).allSatisfy(refusal -> {
            assertThat(refusal.status()).isEqualTo(503);
            assertThat(refusal.json().get("error").asText()).isEqualTo("vm_setup_in_progress");
            assertThat(refusal.json().get("retry_after_seconds").asInt()).isBetween(1, 5);
        });
    }

    @Test
    void a_failing_command_is_a_failure_with_its_output_and_exit_code() throws Exception {
        Conclusion seen = failing.get();
        assertThat(seen.states()).endsWith("started", "failed");
        assertThat(seen.succeeded()).isFalse();
        assertThat(seen.logs().lines()).startsWith("out");
        assertThat(seen.last().get("exit_code").asInt()).isEqualTo(3);
        assertThat(seen.last().get("error").asText()).contains("exit code 3");
        assertThat(seen.last().get("stop_reason").isNull()).isTrue();
    }

    @Test
    void an_image_that_cannot_be_pulled_is_a_failure_that_names_it() throws Exception {
        Conclusion seen = unpullable.get();
        assertThat(seen.state()).isEqualTo("failed");
        assertThat(seen.states()).doesNotContain("started");
        assertThat(seen.succeeded()).isFalse();
        assertThat(seen.logs()).isEmpty();
        assertThat(seen.last().get("exit_code").isNull()).isTrue();
        assertThat(seen.last().get("error").asText()).contains("127.0.0.1:9/none:1");
        TestUser.Reply logs = user.get(SESSIONS + seen.last().get("id").asText() + "/logs");
        assertThat(logs.expect(409).json().get("error").asText()).isEqualTo("invalid_state");
    }

    @Test
    void what_its_owner_deletes_is_stopped_and_no_success() throws Exception {
        assertStopped(deleted.get(), "user_requested");
    }

    @Test
    void what_runs_too_long_is_stopped_and_no_success() throws Exception {
        assertStopped(overlong.get(), "timed_out");
    }

    /** The state of a stopped session goes on to terminated as soon as its machine is gone, so a client may see either. */
    private static void assertStopped(Conclusion seen, String reason) {
        assertThat(seen.states()).contains("started");
        assertThat(seen.state()).isIn("stopped", "terminated");
        assertThat(seen.succeeded()).isFalse();
        assertThat(seen.last().get("exit_code").asInt()).isEqualTo(143);
        assertThat(seen.last().get("stop_reason").asText()).isEqualTo(reason);
        assertThat(seen.last().get("error").isNull()).isTrue();
        assertThat(seen.logs().lines()).startsWith("begun");
    }

    @Test
    void a_kept_machine_goes_on_as_started_and_can_be_logged_in_to() throws Exception {
        assertKept(kept.get(), 0);
    }

    @Test
    void a_machine_kept_after_a_failure_goes_on_as_started_until_it_is_deleted() throws Exception {
        Conclusion seen = keptAfterFailure.get();
        assertKept(seen, 5);
        String id = seen.last().get("id").asText();
        user.end(id).expect(202);
        Conclusion end = clients.submit(() -> {
                    user.awaitState(id, "stopped", "failed", "terminated");
                    return follow(id);
                })
                .get();
        assertThat(end.succeeded()).isFalse();
        assertThat(end.last().get("exit_code").asInt()).isEqualTo(5);
    }

    private void assertKept(Conclusion seen, int exitCode) {
        assertThat(seen.state()).isEqualTo("started");
        assertThat(seen.last().get("operation").asText()).isEmpty();
        assertThat(seen.last().get("exit_code").asInt()).isEqualTo(exitCode);
        assertThat(seen.last().get("ended_at").isNull()).isFalse();
        assertThat(seen.last().get("terminated_at").isNull()).isTrue();
        assertThat(seen.last().get("ssh").get("host").asText()).isNotBlank();
        assertThat(seen.logs().lines()).startsWith("out").anyMatch(line -> line.startsWith("[mimiry]"));
    }
}
