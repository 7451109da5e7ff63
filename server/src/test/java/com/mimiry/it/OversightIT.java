package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the operator sees of providers, and what a sweep does, on a real Docker engine that others use too. */
class OversightIT {
    private static final String PROVIDERS = "/api/compute/v1/admin/providers";
    private static final String HOSTS = "/api/compute/v1/admin/hosts";
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILSiKKOz95sey1lWJ4hqpXhE4r/hpSowrgseQPmCcxFv";

    private static MimiryServer server;
    private static TestUser operator;

    private final List<String> strays = new ArrayList<>();

    @BeforeAll
    static void start() {
        // The timer looks once, at the start; then only what the test asks for happens.
        server = MimiryServer.start(Map.of(
                "mimiry.sweep.interval", "1h",
                "mimiry.sessions.orphan-age", "1s",
                "mimiry.containers.ready-networks", "0"));
        operator = server.operator("10");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void remove() {
        strays.forEach(name -> Commands.run("docker", "rm", "-f", name));
    }

    @Test
    void a_machine_that_no_session_knows_is_reported_and_destroyed_only_by_a_sweep_that_is_no_dry_run() {
        String id = operator.create("\"auto_terminate\":false");
        operator.awaitState(id, "started");
        String deployment = label(id, "mimiry.deployment");
        JsonNode before = inventory();
        assertThat(before.get("summary").asText()).endsWith("at docker, all accounted for");
        JsonNode owned = item(before, "session", id);
        assertThat(owned.get("verdict").asText()).isEqualTo("owned");
        assertThat(owned.get("owner").get("state").asText()).isEqualTo("started");
        assertThat(owned.get("kind").asText()).isEqualTo("machine");

        String orphan = stray(deployment);
        String another = stray(UUID.randomUUID().toString());
        String nobodys = unlabelled();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(verdicts(inventory())).containsExactlyInAnyOrder("owned", "orphan"));
        assertThat(inventory().get("complete").asBoolean()).isTrue();

        JsonNode dry = operator.call("POST", PROVIDERS + "/docker/sweep?dry_run=true", null)
                .expect(200)
                .json();
        assertThat(dry.toString()).contains("would be destroyed");
        Commands.Result byHand = server.admin("provider", "sweep", "docker", "--dry-run", "--json");
        assertThat(byHand.exitCode()).as(byHand.stderr()).isEqualTo(1);
        assertThat(byHand.text()).contains("would be destroyed", "\"verdict\":\"owned\"");
        assertThat(exists(orphan)).isTrue();

        Commands.Result swept = server.admin("provider", "sweep", "docker");
        assertThat(swept.text()).contains("not accounted for: 1 orphan machine", "its end was asked for");
        assertThat(exists(orphan)).isFalse();
        assertThat(exists(another)).as("of another deployment").isTrue();
        assertThat(exists(nobodys)).isTrue();
        Commands.Result after = server.admin("provider", "inventory", "docker").orFail();
        assertThat(after.text()).startsWith("1 resource at docker, all accounted for. Nothing was changed.");
        assertThat(operator.session(id).get("state").asText()).isEqualTo("started");
        operator.end(id).expect(202);
        operator.awaitState(id, "terminated");
        assertThat(inventory().get("summary").asText()).isEqualTo("0 resources at docker, all accounted for");
    }

    @Test
    void providers_are_listed_with_their_state_their_queue_and_their_last_sweep() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode all = operator.get(PROVIDERS).expect(200).json().get("providers");
            assertThat(all).hasSize(1);
            JsonNode docker = all.get(0);
            assertThat(docker.get("name").asText()).isEqualTo("docker");
            assertThat(docker.get("state").asText()).isEqualTo("ok");
            assertThat(docker.get("calls").asLong()).isPositive();
            assertThat(docker.get("replicas").asInt()).isEqualTo(1);
            assertThat(docker.get("queue").get("rows").asInt()).isPositive();
            assertThat(docker.get("last_sweep").path("complete").asBoolean()).isTrue();
        });
        assertThat(server.admin("provider", "list").orFail().text()).contains("docker", "ok", "accounted for");
    }

    @Test
    void a_provider_that_there_is_not_is_named_and_those_that_there_are() {
        for (TestUser.Reply reply : List.of(
                operator.get(PROVIDERS + "/vreda/inventory"),
                operator.call("POST", PROVIDERS + "/vreda/sweep", null))) {
            assertThat(reply.expect(404).json().get("message").asText()).contains("there are: docker");
        }
        assertThat(operator.call("POST", PROVIDERS + "/docker/sweep?dry_run=maybe", null)
                        .expect(422)
                        .json()
                        .get("field")
                        .asText())
                .isEqualTo("dry_run");
        Commands.Result typo = server.admin("provider", "inventory", "vreda");
        assertThat(typo.exitCode()).isEqualTo(1);
        assertThat(typo.text()).contains("no provider vreda is configured; there are docker");
    }

    @Test
    void hosts_are_added_drained_and_removed_over_http_as_at_the_terminal_and_both_are_in_the_audit_log() {
        String body = "{\"uri\":\"ssh://root@127.0.0.1:1\",\"host_key\":\"%s\",\"name\":\"rack1\",\"gpus\":\"T4:2\"}"
                .formatted(KEY);
        JsonNode added = operator.post(HOSTS, body).expect(201).json();
        assertThat(added.get("name").asText()).isEqualTo("rack1");
        assertThat(added.get("fingerprint").asText()).startsWith("SHA256:");
        operator.post(HOSTS, body).expect(409);
        assertThat(server.admin("host", "list", "--json").orFail().text()).contains("rack1");
        assertThat(operator.call("DELETE", HOSTS + "/rack1", null).expect(409).text())
                .contains("drain it first");
        operator.call("POST", HOSTS + "/rack1/drain", null).expect(200);
        assertThat(host("rack1").get("drained").asBoolean()).isTrue();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(host("local").path("answers").asBoolean()).isTrue();
            assertThat(host("rack1").path("trouble").asText()).contains("127.0.0.1");
        });
        assertThat(operator.call("POST", HOSTS + "/rack2/drain", null)
                        .expect(404)
                        .text())
                .contains("No host is named rack2");
        assertThat(server.admin("host", "list").orFail().text())
                .contains("local", "128 × T4_16G_PCIe", "(simulated)", "silent since", ": SSH: Connection refused)");
        operator.call("POST", HOSTS + "/rack1/resume", null).expect(200);
        operator.call("POST", HOSTS + "/rack1/lost", "{\"reason\":\"fire\"}").expect(409);
        server.admin("host", "drain", "rack1").orFail();
        operator.call("POST", HOSTS + "/rack1/lost", "{}").expect(422);
        operator.call("POST", HOSTS + "/rack1/lost", "{\"reason\":\"fire\"}").expect(200);
        operator.call("DELETE", HOSTS + "/rack1", null).expect(200);
        operator.call("DELETE", HOSTS + "/rack1", null).expect(404);
        operator.post(HOSTS, "{\"uri\":\"tcp://1.2.3.4\",\"host_key\":\"%s\"}".formatted(KEY))
                .expect(422);
        operator.post(HOSTS, "{\"uri\":\"ssh://root@1.2.3.4\",\"host_key\":\"nonsense\"}")
                .expect(422);
        JsonNode audit = operator.get("/api/organizations/v1/admin/audit?limit=100")
                .expect(200)
                .json()
                .get("entries");
        List<String> changes = StreamSupport.stream(audit.spliterator(), false)
                .filter(entry -> entry.get("subject").asText().equals("rack1"))
                .map(entry -> entry.get("action").asText() + " by "
                        + entry.get("actor").asText().replaceFirst("^command line of .+", "somebody at the terminal"))
                .toList();
        assertThat(changes)
                .containsExactly(
                        "host.remove by " + operator.email(),
                        "host.lost by " + operator.email(),
                        "host.drain by somebody at the terminal",
                        "host.resume by " + operator.email(),
                        "host.drain by " + operator.email(),
                        "host.add by " + operator.email());
        assertThat(server.admin("audit", "list").orFail().text()).contains("host.remove");
    }

    private JsonNode inventory() {
        return operator.get(PROVIDERS + "/docker/inventory").expect(200).json().get("now");
    }

    private static List<String> verdicts(JsonNode report) {
        return StreamSupport.stream(report.get("items").spliterator(), false)
                .map(item -> item.get("verdict").asText())
                .toList();
    }

    private static JsonNode host(String name) {
        JsonNode hosts = operator.get(HOSTS).expect(200).json().get("hosts");
        return StreamSupport.stream(hosts.spliterator(), false)
                .filter(host -> host.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(hosts));
    }

    private static JsonNode item(JsonNode report, String type, String id) {
        return StreamSupport.stream(report.get("items").spliterator(), false)
                .filter(item -> item.get("owner").get("type").asText().equals(type)
                        && item.get("owner").get("id").asText().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError(report.toString()));
    }

    private static String label(String session, String label) {
        String name = Commands.run("docker", "ps", "-q", "--filter", "label=mimiry.session=" + session)
                .orFail()
                .text()
                .strip();
        return Commands.run("docker", "inspect", "-f", "{{index .Config.Labels \"" + label + "\"}}", name)
                .orFail()
                .text()
                .strip();
    }

    /** A container as a machine's that no session knows. */
    private String stray(String deployment) {
        return run("--label", "mimiry.deployment=" + deployment, "--label", "mimiry.machine=" + UUID.randomUUID());
    }

    private String unlabelled() {
        return run();
    }

    private String run(String... options) {
        String name = "stray-" + UUID.randomUUID();
        List<String> command = new ArrayList<>(List.of("docker", "run", "-d", "--name", name));
        command.addAll(List.of(options));
        command.addAll(List.of(TestImage.name(), "sleep", "600"));
        strays.add(name);
        Commands.run(command, Map.of(), java.io.InputStream.nullInputStream()).orFail();
        return name;
    }

    private static boolean exists(String name) {
        return Commands.run("docker", "inspect", name).exitCode() == 0;
    }
}
