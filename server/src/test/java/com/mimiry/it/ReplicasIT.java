package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.platform.TestDatabase;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two servers, each a process with a data directory of its own, are one deployment on one PostgreSQL. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplicasIT {
    private static final int KILLS = 6;
    private static final Pattern LEDGER_SUM =
            Pattern.compile("^mimiry_ledger_sum_euros(?:\\{.*\\})? (\\S+)$", Pattern.MULTILINE);

    private List<MimiryServer> replicas = List.of();
    private TestUser user;

    @BeforeAll
    void start_two_servers_on_one_database() {
        Map<String, String> shared = Map.of(
                "mimiry.database.url",
                TestDatabase.createUrl(),
                "mimiry.database.username",
                TestDatabase.server().access().username(),
                "mimiry.database.password",
                TestDatabase.server().access().password().reveal(),
                "mimiry.secret-key",
                Base64.getEncoder().encodeToString(new byte[32]),
                // Two T4 of the default would let few sessions run at a time.
                "mimiry.docker.hosts.local.uri",
                "unix:///var/run/docker.sock",
                "mimiry.docker.hosts.local.gpus",
                "T4:32",
                "mimiry.docker.memory-per-gpu",
                "64M");
        replicas = List.of(MimiryServer.start(shared), MimiryServer.start(shared));
        user = replicas.getFirst().user("1000");
    }

    @AfterAll
    void stop() {
        replicas.forEach(MimiryServer::close);
    }

    @Test
    void what_one_replica_begins_the_other_shows_serves_and_ends() {
        TestUser here = user;
        TestUser there = user.at(replicas.getLast());
        String id = here.create("\"command\":\"echo one-of-two; sleep 600\"");
        there.awaitSession(id, session -> !session.get("ssh").isNull());
        assertThat(there.ssh(id, "echo in; exit 7").exitCode()).isEqualTo(7);
        assertThat(here.ssh(id, "echo in; exit 8").exitCode()).isEqualTo(8);
        assertThat(hostKey(replicas.getFirst()))
                .isEqualTo(hostKey(replicas.getLast()))
                .isNotEmpty();
        there.awaitSession(id, _ -> there.logs(id, "?timestamps=false").equals("one-of-two\n"));
        assertThat(there.end(id).status()).isEqualTo(202);
        JsonNode ended = here.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("user_requested");
        assertThat(SessionLifecycleIT.containersOf(id)).isEmpty();
    }

    @Test
    void a_signature_that_one_replica_took_is_no_good_at_the_other() {
        long now = System.currentTimeMillis() / 1000;
        String nonce = TestUser.newNonce();
        user.signIn(now, nonce).expect(200);
        user.at(replicas.getLast()).signIn(now, nonce).expect(401);
    }

    @Test
    void a_create_repeated_at_the_other_replica_is_the_same_session() {
        String body =
                "{\"name\":\"twice\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]},\"command\":\"true\"}"
                        .formatted(TestImage.name());
        Set<String> ids = new HashSet<>();
        for (MimiryServer replica : replicas) {
            TestUser at = user.at(replica);
            ids.add(at.send(at.request("POST", "/api/compute/v1/sessions", body, true)
                            .header("Idempotency-Key", "one-of-a-kind")
                            .build())
                    .json()
                    .get("id")
                    .asText());
        }
        assertThat(ids).hasSize(1);
        user.awaitState(ids.iterator().next(), "terminated");
    }

    @Test
    void killing_either_replica_at_any_moment_loses_no_session_and_runs_none_twice() throws Exception {
        long seed = Long.getLong("mimiry.seed", System.nanoTime());
        System.out.println("seed " + seed + " (repeat with -Dmimiry.seed=" + seed + ")");
        SplittableRandom random = new SplittableRandom(seed);
        List<String> ids = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            MimiryServer victim = replicas.get(random.nextInt(replicas.size()));
            MimiryServer survivor = victim == replicas.getFirst() ? replicas.getLast() : replicas.getFirst();
            for (int i = 0; i < 4; i++) {
                ids.add(user.at(i % 2 == 0 ? victim : survivor)
                        .create(
                                "\"command\":\"echo run-$(cat /proc/sys/kernel/random/uuid); for i in $(seq 1 200); do echo line-$i; done; sleep %d; echo last\""
                                        .formatted(random.nextInt(6))));
            }
            TimeUnit.MILLISECONDS.sleep(random.nextInt(2500));
            victim.kill();
            if (random.nextBoolean()) {
                user.at(survivor).end(ids.get(random.nextInt(ids.size())));
            }
            // Half of the time the survivor has to take over everything, the other half they meet again at once.
            if (random.nextBoolean()) {
                String last = ids.getLast();
                user.at(survivor).awaitState(last, "terminated");
            }
            victim.start();
        }
        for (String id : ids) {
            check(user.at(replicas.get(random.nextInt(replicas.size()))), id);
        }
        for (MimiryServer replica : replicas) {
            assertThat(ledgerSum(replica)).isZero();
        }
    }

    private static void check(TestUser user, String id) {
        JsonNode session = user.awaitState(id, "terminated", "failed");
        assertThat(session.get("state").asText()).as(session.toString()).isEqualTo("terminated");
        assertThat(SessionLifecycleIT.containersOf(id))
                .as("containers of " + session)
                .isEmpty();
        String logs = session.get("started_at").isNull() ? "" : user.logs(id, "?tail=10000&timestamps=false");
        assertThat(logs.lines().filter(line -> line.startsWith("run-")))
                .as("the command of " + session)
                .hasSizeLessThanOrEqualTo(1);
        if (session.get("stop_reason").isNull()) {
            assertThat(logs.lines().filter(line -> line.startsWith("line-")))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 200)
                            .mapToObj(i -> "line-" + i)
                            .toList());
            assertThat(logs).endsWith("last\n");
        }
    }

    private double ledgerSum(MimiryServer replica) {
        String metrics = user.at(replica).get("/metrics").expect(200).text();
        var found = LEDGER_SUM.matcher(metrics);
        assertThat(found.find()).as(metrics).isTrue();
        return Double.parseDouble(found.group(1));
    }

    private static String hostKey(MimiryServer replica) {
        return Commands.run("ssh-keyscan", "-t", "ed25519", "-p", Integer.toString(replica.sshPort()), "127.0.0.1")
                .orFail()
                .text()
                .replaceFirst("\\S+ ", "");
    }
}
