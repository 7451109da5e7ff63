package com.mimiry.providers.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.Engines;
import com.mimiry.containers.SshKeyTexts;
import com.mimiry.containers.SshMachine;
import com.mimiry.containers.TestEngines;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Offer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GPUs of a host behind a real sshd, whose nvidia-smi is a script of ours. */
class SshHostGpusTest {
    private static final SshKeyTexts.MadeKey CLIENT = SshKeyTexts.make("test");

    @TempDir
    Path directory;

    private final SshMachine machine = SshMachine.start("127.7.0.4", CLIENT.publicLine());
    private final Engines engines = TestEngines.real(_ -> machine.login(CLIENT.privateText()));

    @AfterEach
    void stop() {
        machine.close();
    }

    private DockerProvider provider(Path tool, String... more) {
        var database = TestDatabase.create();
        List<String> config = new ArrayList<>(List.of(
                "nvidia-smi", tool.toString(),
                "nvidia-smi-timeout", "2s",
                "hosts.rack.uri", machine.address().uri().toString(),
                "hosts.rack.host-key", machine.hostKey(),
                "volumes.enabled", "false"));
        config.addAll(List.of(more));
        DockerConfig docker = Configs.docker(config.toArray(String[]::new));
        return new DockerProvider(
                docker,
                new KnownGpus(),
                new DockerHosts(docker, new KnownGpus(), database),
                engines,
                database,
                new DeploymentId(database, UUID::randomUUID),
                Clock.systemUTC());
    }

    private Path tool(String body) throws IOException {
        Path file = Files.createTempFile(
                directory,
                "it's nvidia-smi",
                ".sh",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return Files.writeString(file, "#!/bin/sh\n" + body);
    }

    @Test
    void gpus_of_an_ssh_host_are_found_there_and_win_over_declared_ones() throws IOException {
        Path tool = tool("""
                case "$*" in *--format=csv*) ;; *) exit 1 ;; esac
                echo '0, GPU-a, Tesla T4, 15360'
                echo '1, GPU-b, Tesla T4, 15360'
                """);
        Offer t4 = offer(provider(tool, "hosts.rack.gpus", "H100:8"), "rack/T4_16G_PCIe");
        assertThat(t4.free()).hasValue(2);
        assertThat(t4.simulated()).isFalse();
    }

    @Test
    void an_ssh_host_without_the_tool_has_what_is_declared_or_nothing() {
        Path absent = directory.resolve("absent");
        assertThat(provider(absent).offers()).extracting(Offer::reference).containsExactly("rack/cpu");
        assertThat(offer(provider(absent, "hosts.rack.gpus", "H100:8"), "rack/H100_80G_SXM")
                        .simulated())
                .isTrue();
    }

    @Test
    void what_was_found_stays_while_the_tool_is_broken_and_goes_when_it_says_so() throws IOException {
        Path tool = tool("echo '0, GPU-a, Tesla T4, 15360'");
        DockerProvider provider = provider(tool, "inventory-interval", "0s");
        assertThat(offer(provider, "rack/T4_16G_PCIe").free()).hasValue(1);
        Files.writeString(tool, "#!/bin/sh\nexit 9\n");
        assertThat(offer(provider, "rack/T4_16G_PCIe").free()).hasValue(1);
        Files.writeString(tool, "#!/bin/sh\necho 'No devices were found'; exit 6\n");
        assertThat(provider.offers()).extracting(Offer::reference).containsExactly("rack/cpu");
    }

    @Test
    void a_tool_that_hangs_delays_the_hosts_offers_no_longer_than_it_may() throws IOException {
        DockerProvider provider = provider(tool("exec sleep 60"));
        long began = System.nanoTime();
        assertThat(provider.offers()).extracting(Offer::reference).containsExactly("rack/cpu");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }

    private static Offer offer(DockerProvider provider, String reference) {
        return provider.offers().stream()
                .filter(offer -> offer.reference().equals(reference))
                .findFirst()
                .orElseThrow();
    }
}
