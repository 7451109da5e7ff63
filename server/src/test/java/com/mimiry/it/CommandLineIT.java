package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line against the real server. */
class CommandLineIT {
    @TempDir
    Path home;

    private final MimiryServer server = MimiryServer.sharedAsShipped();
    private final TestUser user = server.user("100");

    @BeforeEach
    void signIn() {
        mirc("auth", "--key", user.key().toString()).orFail();
    }

    private Commands.Result mirc(String... arguments) {
        List<String> line = new ArrayList<>();
        line.add("bash");
        line.add(Commands.repository().resolve("skill/scripts/mirc.sh").toString());
        line.addAll(List.of(arguments));
        return Commands.run(line, environment(), InputStream.nullInputStream());
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("HOME", home.toString());
        environment.put("XDG_CONFIG_HOME", home.resolve("config").toString());
        environment.put("XDG_CACHE_HOME", home.resolve("cache").toString());
        environment.put("MIMIRY_API_BASE", server.base());
        environment.put("NO_COLOR", "1");
        return environment;
    }

    private static JsonNode json(Commands.Result result) throws JsonProcessingException {
        return TestUser.JSON.readTree(result.text());
    }

    @Test
    void availability_names_what_can_be_had_for_people_and_for_programs() throws Exception {
        assertThat(json(mirc("availability", "--json").orFail())
                        .get("gpu_models")
                        .findValuesAsText("name"))
                .contains("T4_16G_PCIe");
        assertThat(mirc("availability", "--table").orFail().text())
                .contains("T4_16G_PCIe")
                .doesNotContain("{");
    }

    @Test
    void a_command_is_run_to_its_end_and_its_logs_are_shown() throws Exception {
        Commands.Result done = mirc(
                "session",
                "create",
                "--name",
                "job",
                "--image",
                TestImage.name(),
                "--gpu",
                "T4",
                "--command",
                "echo hello; echo world",
                "--wait");
        assertThat(done.exitCode()).as(done.stderr()).isZero();
        JsonNode session = json(done);
        assertThat(session.get("exit_code").asInt()).isZero();
        String id = session.get("id").asText();
        assertThat(mirc("session", "logs", id, "--no-timestamps").orFail().text())
                .contains("hello\nworld\n");
        assertThat(mirc("session", "logs", "job", "--follow", "--no-timestamps")
                        .orFail()
                        .text())
                .contains("hello\nworld\n");
        assertThat(json(mirc("session", "status", id).orFail()).get("id").asText())
                .isEqualTo(id);
    }

    @Test
    void a_create_tells_its_rate_its_own_hold_and_how_long_the_balance_lasts() {
        Commands.Result created =
                mirc("session", "create", "--name", "dear", "--image", TestImage.name(), "--gpu", "T4", "--table");
        created.orFail();
        JsonNode session = user.get("/api/compute/v1/sessions?limit=1")
                .expect(200)
                .json()
                .get("sessions")
                .get(0);
        BigDecimal rate = session.get("hourly_rate").decimalValue();
        assertThat(rate).isPositive();
        assertThat(session.get("hold").decimalValue()).isEqualByComparingTo(rate);
        assertThat(created.stderr()).contains("/h · €", " held · balance €100.00 · lasts ");
        mirc("session", "terminate", "dear").orFail();
    }

    @Test
    void quota_members_and_invitations_are_for_the_organization_that_is_named() throws Exception {
        user.post("/api/organizations/v1", "{\"name\":\"The Lab\"}").expect(201);
        assertThat(mirc("org", "list", "--table").orFail().text()).contains("The Lab");
        assertThat(json(mirc("quota").orFail()).get("quotas").findValuesAsText("name"))
                .contains("sessions", "gpus", "volumes", "volume_gb");
        assertThat(mirc("org", "members", "--org", "The Lab").orFail().text()).contains(user.email());
        mirc("org", "invite", "friend@example.com", "--role", "viewer", "--org", "The Lab")
                .orFail();
        assertThat(mirc("org", "members", "--org", "No Such Lab").exitCode()).isNotZero();
        assertThat(mirc("balance", "--user", user.email(), "--table").orFail().text())
                .contains("€100.00");
    }

    @Test
    void a_volume_keeps_what_one_session_wrote_for_the_next() throws Exception {
        JsonNode created = json(
                mirc("volume", "create", "--name", "data", "--size-gb", "1").orFail());
        assertThat(created.get("operation").asText()).isEqualTo("provisioning");
        await().atMost(Duration.ofSeconds(40))
                .until(() -> json(mirc("volume", "status", "data").orFail())
                        .get("state")
                        .asText()
                        .equals("provisioned"));
        mirc(job("writer", "echo kept > /data/file")).orFail();
        mirc("volume", "extend", "data", "--size-gb", "2").orFail();
        mirc(job("reader", "cat /data/file")).orFail();
        assertThat(mirc("session", "logs", "reader", "--no-timestamps").orFail().text())
                .contains("kept\n");
        assertThat(mirc("volume", "list", "--table").orFail().text()).contains("data", "2 GB");
        await().atMost(Duration.ofSeconds(40))
                .until(() -> mirc("volume", "delete", "data").exitCode() == 0);
        assertThat(mirc("session", "create", "--image", TestImage.name(), "--gpu", "T4", "--volume", "data:/data")
                        .exitCode())
                .isNotZero();
    }

    private static String[] job(String name, String command) {
        return new String[] {
            "session",
            "create",
            "--name",
            name,
            "--image",
            TestImage.name(),
            "--gpu",
            "T4",
            "--command",
            command,
            "--volume",
            "data:/data",
            "--wait"
        };
    }

    @Test
    void a_failing_command_shows_in_the_exit_code() {
        Commands.Result failed =
                mirc("session", "create", "--image", TestImage.name(), "--gpu", "T4", "--command", "exit 42", "--wait");
        assertThat(failed.exitCode()).as(failed.stderr()).isEqualTo(8);
        assertThat(failed.stderr()).contains("42");
        Commands.Result own = mirc(
                "session",
                "create",
                "--image",
                TestImage.name(),
                "--gpu",
                "T4",
                "--command",
                "exit 42",
                "--wait",
                "--exit-code");
        assertThat(own.exitCode()).as(own.stderr()).isEqualTo(42);
    }

    @Test
    void logs_are_followed_to_the_end() {
        Commands.Result followed = mirc(
                "session",
                "create",
                "--image",
                TestImage.name(),
                "--gpu",
                "T4",
                "--command",
                "for i in 1 2 3 4 5; do echo line-$i; sleep 0.5; done",
                "--follow");
        assertThat(followed.exitCode()).as(followed.stderr()).isZero();
        assertThat(followed.text() + followed.stderr()).contains("line-1", "line-2", "line-3", "line-4", "line-5");
    }

    private String ended(String name, String command) throws JsonProcessingException {
        Commands.Result done = mirc(
                "session",
                "create",
                "--name",
                name,
                "--image",
                TestImage.name(),
                "--gpu",
                "T4",
                "--command",
                command,
                "--wait");
        assertThat(done.exitCode()).as(done.stderr()).isZero();
        return json(done).get("id").asText();
    }

    private String logs(String id, String... options) {
        List<String> arguments = new ArrayList<>(List.of("session", "logs", id));
        arguments.addAll(List.of(options));
        return mirc(arguments.toArray(String[]::new)).orFail().text();
    }

    @Test
    void the_tail_of_a_log_is_followed_without_losing_or_repeating_a_line() throws Exception {
        String id = ended("tail", "for i in 1 2 3 4 5; do echo line-$i of five; done");
        List<String> bare = logs(id, "--no-timestamps").lines().toList();
        assertThat(logs(id, "--follow", "--tail", "3", "--no-timestamps")
                        .lines()
                        .toList())
                .isEqualTo(bare.subList(bare.size() - 3, bare.size()));
        List<String> stamped = logs(id).lines().toList();
        assertThat(logs(id, "--follow", "--tail", "2").lines().toList())
                .isEqualTo(stamped.subList(stamped.size() - 2, stamped.size()));
        assertThat(logs(id, "--follow", "--tail", "0")).isEmpty();
    }

    @Test
    void carriage_returns_come_through_the_stream_as_they_were_printed() throws Exception {
        String id = ended("bar", "printf '10%% of it\\r50%% of it\\rall of it\\nfrom elsewhere\\r\\n\\r\\rlate\\n'");
        String printed = "10% of it\r50% of it\rall of it\nfrom elsewhere\r\n\r\rlate\n";
        String bare = logs(id, "--no-timestamps");
        assertThat(bare).contains(printed);
        assertThat(logs(id, "--follow", "--no-timestamps")).isEqualTo(bare);
        assertThat(logs(id, "--follow")).isEqualTo(logs(id));
    }

    @Test
    void a_burst_of_lines_arrives_whole_and_once() {
        int lines = 100_000;
        Commands.Result followed = mirc(
                "session",
                "create",
                "--image",
                TestImage.name(),
                "--gpu",
                "T4",
                "--command",
                "seq 1 " + lines + " | sed s/^/burst-/",
                "--follow");
        assertThat(followed.exitCode()).as(followed.stderr()).isZero();
        List<String> numbers = followed.text()
                .lines()
                .filter(line -> line.contains(" burst-"))
                .map(line -> line.substring(line.indexOf(" burst-") + 7))
                .toList();
        assertThat(numbers)
                .isEqualTo(IntStream.rangeClosed(1, lines)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    @Test
    void an_interactive_session_is_entered_listed_and_terminated() throws Exception {
        Commands.Result created =
                mirc("session", "create", "--name", "desk", "--image", TestImage.name(), "--gpu", "T4", "--wait");
        assertThat(created.exitCode()).as(created.stderr()).isZero();
        String id = json(created).get("id").asText();
        assertThat(json(created).get("state").asText()).isEqualTo("started");
        Commands.Result ssh = mirc("session", "ssh", id, "--", "echo in; exit 7");
        assertThat(ssh.text()).as(ssh.stderr()).isEqualTo("in\n");
        assertThat(ssh.exitCode()).isEqualTo(7);
        JsonNode list = json(mirc("session", "list", "--json").orFail());
        assertThat(list.get("sessions").findValuesAsText("id")).contains(id);
        assertThat(mirc("session", "list", "--table").orFail().text())
                .contains("desk", "started")
                .doesNotContain("{");
        assertThat(json(mirc("balance").orFail()).get("balance").decimalValue()).isPositive();
        Commands.Result gone = mirc("session", "terminate", "desk", "--wait");
        assertThat(gone.exitCode()).as(gone.stderr()).isZero();
        assertThat(user.session(id).get("state").asText()).isEqualTo("terminated");
    }

    @Test
    void an_owner_limits_what_may_be_spent_and_sees_what_a_session_costs() throws Exception {
        JsonNode limits =
                json(mirc("org", "limits", "--day", "20", "--month", "99.5").orFail());
        assertThat(limits.get("spend_limits").findValuesAsText("period")).containsExactly("day", "month");
        assertThat(limits.get("spend_limits").findValuesAsText("set_by")).containsOnly("organization");
        assertThat(json(mirc("org", "limits", "--day", "none").orFail())
                        .get("spend_limits")
                        .findValuesAsText("limit"))
                .containsExactly("99.5");
        Commands.Result created = mirc(
                "session",
                "create",
                "--name",
                "dear",
                "--image",
                TestImage.name(),
                "--gpu",
                "T4",
                "--max-cost",
                "1",
                "--wait",
                "--table");
        assertThat(created.exitCode()).as(created.stderr()).isZero();
        assertThat(created.stderr()).contains("Cost: ", "/h", "held", "balance", "lasts");
        assertThat(mirc("session", "status", "dear", "--table").orFail().text()).contains("rate", "cost so far");
        assertThat(mirc("session", "terminate", "dear", "--wait").exitCode()).isZero();
        assertThat(json(mirc("usage", "--by", "session").orFail()).get("usage")).hasSize(1);
        assertThat(mirc("transactions", "--type", "usage", "--csv").orFail().text())
                .startsWith("id,at,type,amount,balance_after");
        refused(2, "org", "limits", "--day", "plenty");
    }

    @Test
    void each_kind_of_error_has_its_exit_code_and_a_sentence() {
        refused(2, "session", "create");
        refused(2, "session", "fly");
        refused(2, "session", "create", "--image", TestImage.name(), "--gpu", "Z9000");
        refused(4, "session", "status", "00000000-0000-0000-0000-000000000000");
        refused(4, "session", "status", "no-such-session");
        refused(4, "session", "terminate", "no-such-session");
        TestUser poor = server.user("0");
        Commands.Result broke = mirc(
                "session",
                "create",
                "--image",
                TestImage.name(),
                "--gpu",
                "T4",
                "--key",
                poor.key().toString());
        assertThat(broke.exitCode()).as(broke.stderr()).isEqualTo(6);
        assertThat(broke.stderr()).contains("credit");
        Path stranger = home.resolve("stranger");
        Commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger.toString())
                .orFail();
        refused(3, "balance", "--key", stranger.toString());
    }

    private void refused(int code, String... arguments) {
        Commands.Result result = mirc(arguments);
        assertThat(result.exitCode())
                .as(String.join(" ", arguments) + ": " + result.stderr())
                .isEqualTo(code);
        assertThat(result.stderr()).matches("(?s)(mirc|mimiry-auth): .*");
    }
}
