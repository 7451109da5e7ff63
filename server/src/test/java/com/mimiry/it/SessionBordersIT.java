package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What is just inside of the contract's limits, and just outside. */
class SessionBordersIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final int MEBIBYTE = 1_048_576;

    private final MimiryServer server = MimiryServer.shared();
    private final TestUser user = server.user("100");

    @Test
    void more_than_ten_thousand_last_lines_are_clamped() {
        String id = user.create("\"command\":\"seq 1 10050\"");
        user.awaitState(id, "completed", "terminated");
        for (String tail : List.of("10000", "10001", "9".repeat(30))) {
            List<String> lines =
                    user.logs(id, "?timestamps=false&tail=" + tail).lines().toList();
            assertThat(lines).as(tail).hasSize(10_000).startsWith("51").endsWith("10050");
        }
    }

    @Test
    void twenty_requests_at_once_with_one_idempotency_key_make_one_session() throws Exception {
        String body = "{\"name\":\"once\",\"image\":{\"uri\":\"%s\"},\"command\":\"true\",\"gpu\":{\"types\":[\"T4\"]}}"
                .formatted(TestImage.name());
        user.token();
        CountDownLatch together = new CountDownLatch(1);
        Set<String> ids = new HashSet<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<TestUser.Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                replies.add(callers.submit(() -> {
                    together.await();
                    return user.send(user.request("POST", SESSIONS, body, true)
                            .header("Idempotency-Key", "at-once")
                            .build());
                }));
            }
            together.countDown();
            for (Future<TestUser.Reply> reply : replies) {
                ids.add(reply.get().expect(202).json().get("id").asText());
            }
        }
        assertThat(ids).hasSize(1);
        assertThat(user.get(SESSIONS).expect(200).json().get("total").asInt()).isEqualTo(1);
    }

    /** A command and variables of so many bytes together. */
    private String create(int bytes) {
        String command = "env | grep -c ^BIG";
        StringBuilder variables = new StringBuilder();
        int left = bytes - command.length();
        for (int i = 0; left > 0; i++) {
            int size = Math.min(left, 131_000);
            String name = "BIG" + i;
            variables
                    .append(i == 0 ? "" : ",")
                    .append("\"%s\":\"%s\"".formatted(name, "x".repeat(size - name.length() - 1)));
            left -= size;
        }
        return "{\"name\":\"big\",\"image\":{\"uri\":\"%s\"},\"command\":\"%s\",\"gpu\":{\"types\":[\"T4\"]},\"environment_vars\":{%s}}"
                .formatted(TestImage.name(), command, variables);
    }

    @Test
    void a_mebibyte_of_command_and_environment_runs_and_one_byte_more_is_refused() {
        String id = user.post(SESSIONS, create(MEBIBYTE))
                .expect(202)
                .json()
                .get("id")
                .asText();
        TestUser.Reply refused = user.post(SESSIONS, create(MEBIBYTE + 1)).expect(422);
        assertThat(refused.json().get("field").asText()).isEqualTo("environment_vars");
        assertThat(refused.json().get("message").asText()).contains("1048577", "1 MiB");
        JsonNode ended = user.awaitState(id, "completed", "failed", "terminated");
        assertThat(ended.get("exit_code").asInt(-1))
                .as(ended.get("error").asText())
                .isZero();
        assertThat(user.logs(id, "?timestamps=false").strip()).isEqualTo("9");
    }

    @Test
    void updated_at_moves_with_the_state_and_with_nothing_else() {
        String id = user.create("\"command\":\"echo out\",\"auto_terminate\":false");
        Map<String, Set<String>> seen = new HashMap<>();
        Set<String> operations = new HashSet<>();
        user.awaitSession(id, session -> {
            note(seen, session);
            operations.add(session.get("operation").asText());
            return !session.get("exit_code").isNull();
        });
        user.end(id).expect(202);
        user.awaitSession(id, session -> {
            note(seen, session);
            return session.get("state").asText().equals("terminated");
        });
        assertThat(operations).as("what changed besides").hasSizeGreaterThan(1);
        assertThat(seen).containsKeys("started", "terminated");
        assertThat(seen.values()).allSatisfy(times -> assertThat(times).hasSize(1));
        assertThat(seen.values().stream().flatMap(Set::stream)).doesNotHaveDuplicates();
    }

    private static void note(Map<String, Set<String>> seen, JsonNode session) {
        seen.computeIfAbsent(session.get("state").asText(), _ -> new HashSet<>())
                .add(session.get("updated_at").asText());
    }

    @Test
    void a_front_door_on_one_address_is_named_by_it_here_and_by_its_advertised_name_elsewhere() throws Exception {
        String address = addressOfThisMachine();
        try (MimiryServer exposed = MimiryServer.start(Map.of(
                "mimiry.http.host", "0.0.0.0",
                "mimiry.ssh.host", address,
                "mimiry.ssh.advertised-host", "gpu.example.org"))) {
            TestUser owner = exposed.user("100");
            String id = owner.create("\"auto_terminate\":false");
            JsonNode here = owner.awaitSession(
                            id, session -> !session.get("ssh").isNull())
                    .get("ssh");
            assertThat(here.get("host").asText()).isEqualTo(address);
            assertThat(here.get("username").asText()).isEqualTo(id);
            assertThat(login(owner, here)).isEqualTo("in\n");
            HttpRequest fromElsewhere = HttpRequest.newBuilder(
                            URI.create("http://%s:%d%s/%s".formatted(address, exposed.httpPort(), SESSIONS, id)))
                    .header("Authorization", "Bearer " + owner.token())
                    .build();
            JsonNode there = owner.send(fromElsewhere).expect(200).json().get("ssh");
            assertThat(there.get("host").asText()).isEqualTo("gpu.example.org");
            assertThat(there.get("username").asText()).isEqualTo(id);
            owner.end(id);
            owner.awaitState(id, "terminated");
        }
    }

    private static String login(TestUser owner, JsonNode ssh) {
        List<String> command = new ArrayList<>(owner.sshOptions());
        command.addAll(List.of(
                "-p",
                ssh.get("port").asText(),
                ssh.get("username").asText() + "@" + ssh.get("host").asText(),
                "echo in"));
        return Commands.run(command.toArray(String[]::new)).text();
    }

    /** Docker's bridge, if nothing else. */
    private static String addressOfThisMachine() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst()
                .orElseThrow()
                .getHostAddress();
    }
}
