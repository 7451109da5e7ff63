package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WarmNetworksTest {
    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    private final EngineHttp http = new EngineHttp(TestEngine.ADDRESS, new UnixConnector(), Duration.ofSeconds(60));
    private final DockerEngine engine = TestEngine.connectWithReadyNetworks(1);

    @AfterEach
    void nothing_is_left() {
        HOST.removeAll();
        engine.close();
    }

    @Test
    void a_container_joins_a_ready_network_and_takes_it_along_when_it_goes() throws Exception {
        String name = startedOnReadyNetwork();
        assertThat(network(name)).startsWith("container:");
        assertThat(HOST.exec(name, "sh", "-c", "ip -4 -o addr show eth0").stdout())
                .contains("inet ");
        engine.remove(name);
        assertThat(HOST.engine.inspect(name + "-net")).isInstanceOf(ContainerStatus.Absent.class);
    }

    @Test
    void no_two_containers_share_a_network() throws Exception {
        String server = startedOnReadyNetwork();
        String client = startedOnReadyNetwork();
        assertThat(network(server)).isNotEqualTo(network(client));
        String address = HOST.exec(server, "sh", "-c", "ip -4 -o addr show eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'")
                .stdout()
                .strip();
        String other = HOST.exec(client, "sh", "-c", "ip -4 -o addr show eth0").stdout();
        assertThat(address).isNotEmpty();
        assertThat(other).doesNotContain(address + "/");
        assertThat(HOST.exec(client, "sh", "-c", "ping -c 1 -W 1 " + address + " && echo open")
                        .stdout())
                .doesNotContain("open");
    }

    @Test
    void without_a_ready_network_a_container_makes_its_own() {
        ContainerSpec spec = HOST.spec().build();
        engine.create(spec);
        assertThat(network(spec.name())).isEqualTo(HostSetup.NETWORK);
    }

    @Test
    void a_container_whose_network_has_ended_begins_anew() {
        ContainerSpec spec = specOnReadyNetwork();
        http.call(EngineRequest.post("/containers/" + spec.name() + "-net/kill"));
        await().until(() -> HOST.engine.inspect(spec.name() + "-net") instanceof ContainerStatus.Exited);
        assertThatThrownBy(() -> engine.start(spec.name())).isInstanceOf(EngineException.Conflict.class);
        engine.create(spec);
        engine.start(spec.name());
        assertThat(engine.inspect(spec.name())).isInstanceOf(ContainerStatus.Running.class);
    }

    @Test
    void what_was_claimed_for_a_container_that_never_came_is_removed() {
        WarmNetworks networks =
                new WarmNetworks(http, InitBinary.bundled(), UUID::randomUUID, 1, Duration.ofSeconds(3));
        String name = HOST.newName();
        String[] claimed = new String[1];
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            networks.refillSoon();
            claimed[0] = networks.claim(name);
            return claimed[0] != null;
        });
        assertThat(networks.claim(name)).as("claimed again").isEqualTo(claimed[0]);
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            networks.refillSoon();
            return HOST.engine.inspect(name + "-net") instanceof ContainerStatus.Absent;
        });
        networks.close();
    }

    private String startedOnReadyNetwork() {
        ContainerSpec spec = specOnReadyNetwork();
        engine.start(spec.name());
        return spec.name();
    }

    /** Created, not started. */
    private ContainerSpec specOnReadyNetwork() {
        engine.prepare();
        ContainerSpec[] created = new ContainerSpec[1];
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            ContainerSpec spec = HOST.spec().build();
            engine.create(spec);
            if (network(spec.name()).startsWith("container:")) {
                created[0] = spec;
                return true;
            }
            // Starting one is what asks for the next.
            engine.start(spec.name());
            engine.remove(spec.name());
            return false;
        });
        return created[0];
    }

    private String network(String name) {
        JsonNode container = http.call(EngineRequest.get("/containers/" + name + "/json"));
        return container.path("HostConfig").path("NetworkMode").asText();
    }
}
