package com.mimiry.providers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerHostTest {
    private static final KnownGpus NAMES = new KnownGpus();

    @Test
    void without_configuration_there_is_one_host_at_the_usual_socket_or_at_docker_host() {
        assertThat(hosts(null)).containsExactly("local unix:///var/run/docker.sock LOCAL-01");
        assertThat(hosts("unix:///run/user/1000/docker.sock"))
                .containsExactly("local unix:///run/user/1000/docker.sock LOCAL-01");
        assertThat(hosts("tcp://10.0.0.1:2375")).containsExactly("local unix:///var/run/docker.sock LOCAL-01");
        assertThat(hosts(null, "location", "FIN-01")).containsExactly("local unix:///var/run/docker.sock FIN-01");
    }

    @Test
    void only_the_first_local_host_owns_the_gpus_of_this_machine() {
        List<DockerHost> hosts = DockerHost.all(
                Configs.docker(
                        "hosts.b.uri",
                        "unix:///b",
                        "hosts.a.uri",
                        "ssh://root@a",
                        "hosts.a.host-key",
                        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILSiKKOz95sey1lWJ4hqpXhE4r/hpSowrgseQPmCcxFv",
                        "hosts.c.uri",
                        "unix:///c"),
                NAMES,
                null);

        assertThat(hosts).extracting(DockerHost::hasOurGpus).containsExactly(false, true, false);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'T4:2, H100' | 3
            ' '          | 0
            't4 : 4'     | 4
            'T4,,T4'     | 2
            """)
    void declarations_are_read(String text, int gpus) {
        assertThat(DockerHost.declared("key", text, NAMES)).hasSize(gpus);
    }

    @ParameterizedTest
    @CsvSource({"T5:1", "T4:x", "T4:-1", ":3"})
    void a_wrong_declaration_stops_the_start_and_names_its_key(String text) {
        assertThatThrownBy(() -> DockerHost.declared("mimiry.docker.hosts.a.gpus", text, NAMES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("mimiry.docker.hosts.a.gpus: ");
    }

    @Test
    void declared_gpus_have_different_ids() {
        assertThat(DockerHost.declared("key", "T4:3,H100:2,T4", NAMES))
                .extracting(HostGpus.Gpu::id)
                .doesNotHaveDuplicates();
    }

    private static List<String> hosts(@Nullable String dockerHost, String... keysAndValues) {
        return DockerHost.all(Configs.docker(keysAndValues), NAMES, dockerHost).stream()
                .map(host -> host.name() + " " + host.engine().uri() + " " + host.location())
                .toList();
    }
}
