package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The main job on real containers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionLifecycleIT {
    private final MimiryServer server = MimiryServer.shared();
    private final TestUser user = server.user("100");

    @Test
    void a_command_runs_to_its_end_and_everything_is_cleaned_up() {
        String id = user.create("\"command\":\"echo hello; echo oops >&2; exit 0\"");
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("exit_code").asInt()).isZero();
        assertThat(ended.get("stop_reason").isNull()).isTrue();
        assertThat(ended.get("cost").decimalValue()).isPositive();
        assertThat(states(ended)).containsSubsequence("submitted", "provisioned", "started", "completed", "terminated");
        assertThat(user.logs(id, "?timestamps=false")).contains("hello\n").contains("oops\n");
        assertThat(containersOf(id)).isEmpty();
    }

    @Test
    void a_failing_command_leaves_the_session_failed_until_it_is_deleted() {
        String id = user.create("\"command\":\"exit 3\"");
        JsonNode failed =
                user.awaitSession(id, session -> !session.get("terminated_at").isNull());
        assertThat(failed.get("state").asText()).isEqualTo("failed");
        assertThat(failed.get("exit_code").asInt()).isEqualTo(3);
        assertThat(failed.get("error").asText()).contains("exit code 3");
        user.end(id).expect(202);
        user.end(id).expect(200);
        assertThat(user.awaitState(id, "terminated").get("exit_code").asInt()).isEqualTo(3);
    }

    @Test
    void an_interactive_session_takes_ssh_until_it_is_deleted() {
        String id = user.create("\"auto_terminate\":false");
        JsonNode started = user.awaitState(id, "started");
        assertThat(started.get("ssh").get("host").asText()).startsWith("127.");
        Commands.Result echo = user.ssh(id, "echo ok; exit 7");
        assertThat(echo.text()).isEqualTo("ok\n");
        assertThat(echo.exitCode()).isEqualTo(7);
        user.end(id).expect(202);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("user_requested");
        assertThat(states(ended)).containsSubsequence("started", "stopped", "terminated");
        assertThat(containersOf(id)).isEmpty();
    }

    @Test
    void a_command_that_does_not_heed_sigterm_is_killed_ten_seconds_later() {
        String id = user.create("\"command\":\"trap '' TERM; while :; do sleep 1; done\"");
        user.awaitState(id, "started");
        user.end(id).expect(202);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("exit_code").asInt()).isEqualTo(137);
        assertThat(ended.get("stop_reason").asText()).isEqualTo("user_requested");
        assertThat(states(ended)).containsSubsequence("started", "stopped", "terminated");
    }

    @Test
    void a_machine_is_kept_after_the_command_where_that_was_asked_for() {
        String id = user.create(
                "\"command\":\"echo done > /tmp/result; exit 4\",\"auto_terminate\":{\"mode\":\"on_success\"}");
        JsonNode kept =
                user.awaitSession(id, session -> !session.get("exit_code").isNull());
        assertThat(kept.get("state").asText()).isEqualTo("started");
        assertThat(kept.get("operation").asText()).isEmpty();
        assertThat(kept.get("exit_code").asInt()).isEqualTo(4);
        assertThat(kept.get("ended_at").isNull()).isFalse();
        assertThat(user.ssh(id, "cat /tmp/result").text()).isEqualTo("done\n");
        assertThat(user.logs(id, "")).contains("[mimiry]");
        user.end(id).expect(202);
        assertThat(user.awaitState(id, "terminated").get("exit_code").asInt()).isEqualTo(4);
    }

    @Test
    void on_success_frees_the_machine_of_a_command_that_succeeds() {
        String id = user.create("\"command\":\"true\",\"auto_terminate\":{\"mode\":\"on_success\"}");
        assertThat(states(user.awaitState(id, "terminated"))).contains("completed");
    }

    @Test
    void max_duration_stops_a_session_and_says_so() {
        String id = user.create("\"command\":\"sleep 1000\",\"max_duration\":2");
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("timed_out");
        assertThat(states(ended)).contains("stopped");
    }

    @Test
    void a_command_that_obeys_sigterm_ends_within_seconds_of_delete() {
        String id = user.create(
                "\"command\":\"trap 'echo bye; exit 0' TERM; echo trap-is-set; while :; do sleep 0.1; done\"");
        user.awaitSession(
                id,
                _ -> user.get("/api/compute/v1/sessions/" + id + "/logs").text().contains("trap-is-set"));
        user.end(id).expect(202);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("user_requested");
        assertThat(user.logs(id, "")).contains("bye");
    }

    @Test
    void an_image_that_cannot_be_had_fails_the_session_in_a_sentence() {
        String id = user.post(
                        "/api/compute/v1/sessions",
                        "{\"name\":\"x\",\"image\":{\"uri\":\"127.0.0.1:9/none/none:1\"},\"gpu\":{\"types\":[\"T4\"]}}")
                .expect(202)
                .json()
                .get("id")
                .asText();
        JsonNode failed = user.awaitState(id, "failed");
        assertThat(failed.get("error").asText()).contains("127.0.0.1:9/none/none:1");
    }

    @Test
    void a_session_deleted_at_once_is_stopped_and_leaves_nothing() {
        String id = user.create("");
        user.end(id).expect(202);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("user_requested");
        assertThat(containersOf(id)).isEmpty();
    }

    @Test
    void the_same_idempotency_key_gives_the_same_session_and_another_body_is_refused() {
        String body = "{\"name\":\"once\",\"image\":{\"uri\":\"%s\"},\"command\":\"true\",\"gpu\":{\"types\":[\"T4\"]}}"
                .formatted(TestImage.name());
        String key = "key-" + user.email();
        String first = createWithKey(key, body).expect(202).json().get("id").asText();
        String second = createWithKey(key, body).expect(202).json().get("id").asText();
        TestUser.Reply other = createWithKey(key, body.replace("once", "twice"));
        assertThat(second).isEqualTo(first);
        assertThat(other.status()).isEqualTo(409);
    }

    private TestUser.Reply createWithKey(String key, String body) {
        return user.send(user.request("POST", "/api/compute/v1/sessions", body, true)
                .header("Idempotency-Key", key)
                .build());
    }

    static List<String> states(JsonNode session) {
        List<String> states = new ArrayList<>();
        session.get("events").forEach(event -> states.add(event.get("state").asText()));
        return states;
    }

    static String containersOf(String id) {
        return Commands.run("docker", "ps", "-aq", "--filter", "label=mimiry.session=" + id)
                .orFail()
                .text();
    }
}
