package com.mimiry.providers.docker;

import static com.mimiry.providers.docker.FleetFixture.FAR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.ReplicaName;
import com.mimiry.providers.docker.DockerFleet.Host;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class HostWatchTest {
    private static final Instant START = Instant.parse("2026-05-01T08:00:00Z");

    private final FleetFixture it = new FleetFixture();
    private final MovableClock clock = new MovableClock(START);
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final HostWatch watch = watch("/one", metrics);
    private final DockerFleet fleet = new DockerFleet(it.database, clock);

    private HostWatch watch(String dataDirectory, SimpleMeterRegistry registry) {
        return new HostWatch(it.hosts, it.provider, it.database, clock, new ReplicaName(dataDirectory), registry);
    }

    private Host host(String name) {
        return fleet.list().stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private double silentSeconds(String name) {
        return metrics.get("mimiry.docker.host.silent.seconds")
                .tag("host", name)
                .gauge()
                .value();
    }

    @Test
    void hosts_of_the_configuration_and_added_ones_are_listed_with_what_they_have() {
        assertThat(host("far").answers()).as("nobody has looked").isNull();

        watch.look();

        assertThat(fleet.list()).extracting(Host::name).containsExactly("far", "near", "own");
        assertThat(fleet.list()).extracting(Host::answers).containsOnly(true);
        assertThat(host("own").uri()).isEqualTo("unix:///run/own.sock");
        assertThat(host("far").gpus()).isEqualTo("4 × T4_16G_PCIe");
        assertThat(host("far").simulated()).isTrue();
        assertThat(host("far").fingerprint()).startsWith("SHA256:");
    }

    @Test
    void a_silent_host_is_shown_with_since_when_and_why_until_it_answers_again() {
        it.drain("far");
        watch.look();
        it.engines.dead.add(FAR);
        watch.look();
        clock.advance(Duration.ofSeconds(50));
        watch.look();

        Host silent = host("far");
        assertThat(silent.answers()).isFalse();
        assertThat(silent.silentSince()).isEqualTo(START);
        assertThat(silent.trouble()).isEqualTo("connection refused");
        assertThat(silent.gpus()).as("what is missing").isEqualTo("4 × T4_16G_PCIe");
        assertThat(silent.drained()).isTrue();
        assertThat(silentSeconds("far")).isEqualTo(50);
        assertThat(silentSeconds("near")).isZero();
        assertThat(host("near").answers()).isTrue();

        it.engines.dead.clear();
        watch.look();

        assertThat(host("far").answers()).isTrue();
        assertThat(host("far").trouble()).isNull();
        assertThat(silentSeconds("far")).isZero();
    }

    @Test
    void a_restart_forgets_neither_since_when_a_host_is_silent_nor_what_it_had() {
        watch.look();
        it.engines.dead.add(FAR);
        watch.look();
        clock.advance(Duration.ofMinutes(10));

        watch("/one", new SimpleMeterRegistry()).look();

        assertThat(host("far").silentSince()).isEqualTo(START);
        assertThat(host("far").gpus()).isEqualTo("4 × T4_16G_PCIe");
    }

    @Test
    void who_finds_a_host_silent_is_heard_until_it_has_been_gone_for_a_minute() {
        it.engines.dead.add(FAR);
        watch("/two", new SimpleMeterRegistry()).look();
        it.engines.dead.clear();
        clock.advance(Duration.ofSeconds(30));
        watch.look();
        assertThat(host("far").answers()).isFalse();

        clock.advance(Duration.ofSeconds(31));
        watch.look();

        assertThat(host("far").answers()).isTrue();
    }

    @Test
    void a_removed_host_is_listed_no_more_and_may_be_added_again_at_once() {
        watch.look();
        it.drain("far");
        it.remove("far");

        assertThat(fleet.list()).extracting(Host::name).containsExactly("near", "own");
        it.add(FAR, "far-again");
        watch.look();
        assertThat(host("far-again").answers()).isTrue();
        assertThat(metrics.find("mimiry.docker.host.silent.seconds")
                        .tag("host", "far")
                        .gauge())
                .isNull();
    }

    @Test
    void another_machine_under_the_name_of_a_silent_one_has_nothing_of_it() {
        it.engines.dead.add(FAR);
        watch.look();
        clock.advance(Duration.ofSeconds(50));
        it.drain("far");
        it.remove("far");
        EngineAddress elsewhere = EngineAddress.of("ssh://root@10.0.0.6");
        it.engines.dead.add(elsewhere);
        it.add(elsewhere, "far");

        watch.look();

        assertThat(host("far").silentSince()).isEqualTo(START.plusSeconds(50));
    }

    @Test
    void a_name_that_no_server_knows_is_not_drained_and_without_a_server_any_may_be() {
        drain("of-a-server-that-is-down");
        watch.look();

        assertThatThrownBy(() -> drain("fra"))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("no host is named fra");

        drain("own");
        assertThat(host("own").drained()).isTrue();
    }

    private void drain(String name) {
        it.database.useTransaction(tx -> fleet.drain(tx, name));
    }

    @Test
    void a_host_at_the_address_of_a_configured_one_gets_nothing_and_no_other_is_added_there() {
        DockerConfig config =
                Configs.docker("hosts.rack.uri", FAR.uri().toString(), "hosts.rack.host-key", FleetFixture.KEY);
        DockerHosts hosts = new DockerHosts(config, new KnownGpus(), it.database);
        DockerProvider provider =
                new DockerProvider(config, new KnownGpus(), hosts, it.engines, it.database, it.deployment, clock);
        new HostWatch(hosts, provider, it.database, clock, new ReplicaName("/one"), metrics).look();

        assertThat(hosts.open()).extracting(DockerHost::name).containsExactly("rack", "near");
        assertThat(host("far").trouble()).isEqualTo("not used: host rack of the configuration has its address");
        assertThat(host("rack").trouble()).isNull();
        it.drain("far");
        it.remove("far");
        assertThatThrownBy(() -> it.database.useTransaction(
                        tx -> fleet.add(tx, FAR.uri().toString(), FleetFixture.KEY, "again", null, "")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("host rack is at");
    }
}
