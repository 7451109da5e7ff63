package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a session may use, what it may touch, and what it may not learn. */
class ResourceIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";

    /** CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID: bits 0, 1, 3, 4, 6, 7. */
    private static final String CAPABILITIES = "00000000000000db";

    private static final int LARGEST = 131_071;
    private static final Map<String, TestUser> CREATED = new HashMap<>();
    private static MimiryServer server;
    private TestUser user;

    @BeforeAll
    static void startServer() {
        server = MimiryServer.start(Map.of("mimiry.docker.memory-per-gpu", "64M"));
    }

    @AfterAll
    static void stopServer() {
        CREATED.forEach((id, owner) -> owner.end(id));
        CREATED.forEach((id, owner) -> owner.awaitState(id, "terminated"));
        server.close();
    }

    @BeforeEach
    void newUser() {
        user = server.user("100");
    }

    private String create(String fields) {
        String id = user.create(fields);
        CREATED.put(id, user);
        return id;
    }

    @Test
    void a_command_that_eats_too_much_memory_fails_and_is_told_why() {
        String id = create("\"command\":\"tail -c 200m /dev/zero | tail -c 200000000 > /dev/null; tail /dev/zero\"");
        JsonNode failed = user.awaitState(id, "failed");
        assertThat(failed.get("exit_code").asInt()).isEqualTo(137);
        assertThat(failed.get("error").asText()).startsWith("Out of memory");
        String replaced = create("\"command\":\"exec tail /dev/zero\"");
        assertThat(user.awaitState(replaced, "failed").get("error").asText()).startsWith("Out of memory");
    }

    @Test
    void a_killed_child_is_no_failure_of_a_command_that_goes_on() {
        String id = create("\"command\":\"tail /dev/zero || echo the child died; exit 0\"");
        JsonNode ended = user.awaitState(id, "completed", "terminated");
        assertThat(ended.get("exit_code").asInt()).isZero();
        assertThat(ended.get("error").isNull()).isTrue();
        assertThat(user.logs(id, "")).contains("the child died");
    }

    @Test
    void a_session_has_six_capabilities_and_gains_none() {
        String id = create(
                "\"command\":\"grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; mount -t tmpfs x /tmp || echo no mount; mknod /tmp/d b 8 0 || echo no device; touch /a /tmp/b && chown 1:1 /a && echo may write\"");
        user.awaitState(id, "completed", "terminated");
        String logs = user.logs(id, "?timestamps=false");
        assertThat(logs)
                .contains("CapPrm:\t" + CAPABILITIES, "CapEff:\t" + CAPABILITIES, "CapBnd:\t" + CAPABILITIES)
                .contains("NoNewPrivs:\t1", "no mount", "no device", "may write");
    }

    @Test
    void one_session_cannot_reach_another() {
        String serving = create(
                "\"command\":\"ip -4 -o addr show eth0; hostname; mkdir /www; echo hello > /www/index.html; exec httpd -f -p 8000 -h /www\"");
        user.awaitSession(
                serving,
                _ -> user.get(SESSIONS + "/" + serving + "/logs").text().contains("inet "));
        String logs = user.logs(serving, "?timestamps=false");
        String address = logs.replaceAll("(?s).*inet ([0-9.]+)/.*", "$1");
        assertThat(address).matches("[0-9.]+");
        String fetch = "printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc -w 3 " + address + " 8000";
        await().atMost(Duration.ofSeconds(10))
                .until(() -> user.ssh(serving, fetch).text().endsWith("hello\n"));
        String other = create("\"command\":\"%s && echo reached; echo tried\"".formatted(fetch.replace("\\", "\\\\")));
        user.awaitState(other, "completed", "terminated");
        assertThat(user.logs(other, "?timestamps=false"))
                .contains("tried")
                .doesNotContain("hello")
                .doesNotContain("reached");
    }

    @Test
    void the_longest_variable_and_the_longest_command_work_and_longer_ones_are_refused() {
        String value = "x".repeat(LARGEST - "LONG=".length());
        String tail = "; printf %s \\\"$LONG\\\" | wc -c; exit 0 #";
        String command = "echo begun" + tail;
        String padded = command + "y".repeat(LARGEST - command.replace("\\", "").length());
        String id = create("\"command\":\"%s\",\"environment_vars\":{\"LONG\":\"%s\"}".formatted(padded, value));
        JsonNode ended = user.awaitState(id, "completed", "failed", "terminated");
        assertThat(ended.get("error").isNull()).as(ended.get("error").asText()).isTrue();
        assertThat(user.logs(id, "?timestamps=false")).contains("begun\n" + (LARGEST - "LONG=".length()) + "\n");
        refused("\"command\":\"" + padded + "y\"", "command");
        refused("\"environment_vars\":{\"LONG\":\"" + value + "x\"}", "environment_vars.LONG");
    }

    private void refused(String fields, String named) {
        TestUser.Reply reply = user.post(
                SESSIONS, "{\"name\":\"x\",\"image\":{\"uri\":\"%s\"},%s}".formatted(TestImage.name(), fields));
        reply.expect(422);
        assertThat(reply.text()).contains(named);
    }

    @Test
    void secrets_go_in_and_never_come_back() {
        String secret = "swordfish-" + user.email();
        String body = """
                {"name":"x","image":{"uri":"127.0.0.1:9/none:1","registry_auth":{"username":"ada","password":"%s"}},
                "environment_vars":{"TOKEN":"%s"},"gpu":{"types":["T4"]}}""".formatted(secret, secret);
        TestUser.Reply created = user.post(SESSIONS, body).expect(202);
        String id = created.json().get("id").asText();
        CREATED.put(id, user);
        user.awaitState(id, "failed");
        List<TestUser.Reply> answers = List.of(
                created,
                user.post(SESSIONS + "?dry_run=true", body),
                user.get(SESSIONS + "/" + id + "?events_tail=-1"),
                user.get(SESSIONS),
                user.get(SESSIONS + "/" + id + "/logs"),
                user.end(id));
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(answer.text()).doesNotContain(secret, "registry_auth", "password", "\"ada\""));
        JsonNode variables = created.json().get("environment_vars");
        assertThat(variables.has("TOKEN")).isTrue();
        assertThat(server.log()).doesNotContain(secret);
    }
}
