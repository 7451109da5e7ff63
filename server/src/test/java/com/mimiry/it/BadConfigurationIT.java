package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator has written wrong is one line that names the key, and no start. */
class BadConfigurationIT {
    @TempDir
    private static Path directory;

    @BeforeAll
    static void open() throws IOException {
        // PostgreSQL runs under an account of its own, which has to get to its files.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    }

    @Test
    void a_value_that_cannot_be_used_stops_the_start_with_one_line_that_names_it() throws IOException {
        String local = "mimiry.docker.hosts.local.uri=unix:///var/run/docker.sock\n";
        assertRefused(local + "mimiry.docker.hosts.local.gpus=Hal9000:3", "mimiry.docker.hosts.local.gpus", "Hal9000");
        assertRefused(
                local + "mimiry.docker.hosts.local.gpus=T4:1234567", "mimiry.docker.hosts.local.gpus", "T4:1234567");
        assertRefused("mimiry.docker.hosts.other.gpus=T4:1", "usable: mimiry.docker.hosts.other.uri is not set");
        assertRefused("mimiry.docker.volumes.overcommit=0.5", "mimiry.docker.volumes.overcommit");
        assertRefused("mimiry.docker.prices.T4=-1", "mimiry.docker.prices");
        assertRefused("mimiry.billing.hold=0s", "mimiry.billing");
        assertRefused("mimiry.nonsense=1", "mimiry.nonsense");
    }

    private static void assertRefused(String line, String... named) throws IOException {
        Path config = Files.writeString(directory.resolve("config.properties"), line + "\n");
        Commands.Result result = Commands.run(
                Commands.repository().resolve("mimiry").toString(),
                "serve",
                "--data",
                directory.resolve("data").toString(),
                "--http-port",
                "0",
                "--ssh-port",
                "0",
                "--config",
                config.toString());
        assertThat(result.exitCode()).as(result.stderr()).isEqualTo(1);
        List<String> said = result.stderr()
                .lines()
                .filter(each -> !each.startsWith("mimiry: training "))
                .toList();
        assertThat(said).as(line).hasSize(1);
        assertThat(said.getFirst())
                .startsWith("mimiry: The configuration is not usable: ")
                .contains(named);
    }
}
