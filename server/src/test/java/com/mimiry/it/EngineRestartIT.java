package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A container engine that restarts, hangs, or loses its power under running sessions. */
class EngineRestartIT {
    private static PrivateDocker docker;
    private static MimiryServer server;
    private static TestUser user;

    @BeforeAll
    static void startBoth() {
        docker = PrivateDocker.start();
        docker.load(TestImage.name());
        server = MimiryServer.start(Map.of(
                "mimiry.docker.hosts.local.uri", docker.uri(),
                "mimiry.docker.hosts.local.gpus", "T4:8",
                "mimiry.containers.call-timeout", "3S"));
        user = server.user("100");
    }

    @AfterAll
    static void stopBoth() {
        try {
            server.close();
        } finally {
            docker.close();
        }
    }

    private String started(String fields) {
        String id = user.create(fields);
        user.awaitState(id, "started");
        return id;
    }

    private String containersOf(String id) {
        return docker.docker("ps", "-aq", "--filter", "label=mimiry.session=" + id)
                .orFail()
                .text();
    }

    private void endsAsLost(String id) {
        JsonNode failed =
                user.awaitSession(id, session -> !session.get("terminated_at").isNull());
        assertThat(failed.get("state").asText()).isEqualTo("failed");
        assertThat(failed.get("stop_reason").asText()).isEqualTo("provider_lost");
        assertThat(failed.get("error").asText()).contains("engine").endsWith(".");
        assertThat(containersOf(id)).isEmpty();
        assertThat(user.logs(id, "?timestamps=false")).contains("begun");
    }

    private void worksAgain() {
        String id = user.create("\"command\":\"echo again\"");
        assertThat(user.awaitState(id, "terminated", "failed").get("state").asText())
                .isEqualTo("terminated");
    }

    @Test
    void a_restart_of_the_engine_fails_the_running_session_and_leaves_nothing() {
        String id = started("\"command\":\"echo begun; sleep 1000\"");
        String idle = started("\"command\":\"echo begun; exit 0\",\"auto_terminate\":false");
        user.awaitSession(idle, session -> !session.get("exit_code").isNull());
        docker.stop();
        docker.startAgain();
        endsAsLost(id);
        JsonNode kept = user.awaitState(idle, "completed", "terminated");
        assertThat(kept.get("exit_code").asInt()).isZero();
        worksAgain();
    }

    @Test
    void a_power_cut_fails_the_running_session_and_leaves_nothing() {
        String id = started("\"command\":\"echo begun; sleep 1000\"");
        user.awaitSession(id, _ -> user.logs(id, "").contains("begun"));
        docker.cutPower();
        docker.startAgain();
        endsAsLost(id);
        worksAgain();
    }

    @Test
    void an_engine_that_hangs_kills_no_session() throws Exception {
        String id = started("\"command\":\"echo begun; sleep 8; echo done\"");
        docker.freeze(true);
        // Several calls to it run out of time, and the command ends meanwhile.
        TimeUnit.SECONDS.sleep(10);
        assertThat(user.session(id).get("state").asText()).isEqualTo("started");
        docker.freeze(false);
        JsonNode ended = user.awaitState(id, "terminated", "failed");
        assertThat(ended.get("error").isNull()).as(ended.toString()).isTrue();
        assertThat(ended.get("exit_code").asInt()).isZero();
        assertThat(user.logs(id, "?timestamps=false")).contains("begun\n", "done\n");
    }

    @Test
    void an_engine_that_is_away_for_a_while_delays_what_is_created_meanwhile() throws Exception {
        String before = started("\"auto_terminate\":false,\"command\":\"echo begun\"");
        user.end(before).expect(202);
        user.awaitState(before, "terminated");
        String id = user.create("\"command\":\"echo patience\"");
        docker.stop();
        TimeUnit.SECONDS.sleep(3);
        docker.startAgain();
        JsonNode ended =
                user.awaitSession(id, session -> !session.get("terminated_at").isNull());
        assertThat(containersOf(id)).isEmpty();
        assertThat(ended.get("state").asText()).isIn("terminated", "failed", "provision_failed");
        if (!ended.get("state").asText().equals("terminated")) {
            assertThat(ended.get("error").asText()).endsWith(".");
        }
        worksAgain();
    }
}
