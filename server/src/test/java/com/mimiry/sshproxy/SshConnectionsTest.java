package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mimiry.sessions.SshTargets.SshTarget;
import com.mimiry.sshproxy.FrontDoorFixture.TestKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Connections that carry many channels, that stay, and that end from either side. */
class SshConnectionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static TestContainer container;
    private static FrontDoorFixture fixture;

    @BeforeAll
    static void open() {
        container = new TestContainer();
        fixture = new FrontDoorFixture();
    }

    @AfterAll
    static void close() {
        fixture.close();
        container.close();
    }

    @Test
    void twenty_channels_share_one_connection_and_a_stuck_reader_holds_up_nobody() {
        TestKey key = newSession();
        String ssh = String.join(
                " ", fixture.ssh(key, "-o", "ControlPath=" + fixture.directory().resolve("m20")));
        String script = ssh + " -M -N -f 127.0.0.1 || exit 9\n"
                + ssh + " 127.0.0.1 'head -c 50000000 /dev/zero' | (sleep 8; wc -c) & stuck=$!\n"
                + "for i in $(seq 20); do " + ssh
                + " 127.0.0.1 \"read x; echo $i \\$x; exit $i\" <<< in$i & p[$i]=$!; done\n"
                + "for i in $(seq 20); do wait ${p[$i]}; [ $? = $i ] || echo bad $i; done\n"
                + "wait $stuck; " + ssh + " -O exit 127.0.0.1";

        Ran ran = Ran.command(List.of("bash", "-c", script), new byte[0]);

        assertThat(ran.text().lines().filter(line -> line.endsWith("in" + line.split(" ", -1)[0])))
                .as(ran.text() + ran.errors())
                .hasSize(20);
        assertThat(ran.text()).doesNotContain("bad").endsWith("50000000\n");
    }

    @Test
    void a_client_that_vanishes_takes_its_process_along() throws IOException {
        TestKey key = newSession();
        Process client = start(fixture.ssh(key, "127.0.0.1", "sleep 987"));
        awaitProcess("sleep 987", 1);

        client.destroyForcibly();

        awaitProcess("sleep 987", 0);
    }

    @Test
    void a_client_with_a_terminal_that_vanishes_takes_its_process_along() throws IOException {
        TestKey key = newSession();
        Process client = start(fixture.ssh(key, "-tt", "127.0.0.1", "sleep 986"));
        awaitProcess("sleep 986", 1);

        client.destroyForcibly();

        awaitProcess("sleep 986", 0);
    }

    @Test
    void a_session_that_ends_closes_its_connections_with_a_sentence() throws Exception {
        TestKey key = fixture.newKey();
        SshTarget target = fixture.session(key, "ending", null, container);
        Path err = Files.createTempFile("ssh-test", ".err");
        Process idle = start(fixture.ssh(key, "-N", "127.0.0.1"));
        Process busy = start(fixture.ssh(key, "127.0.0.1", "sleep 985"), err);
        awaitProcess("sleep 985", 1);

        fixture.targets.remove(target);

        await().atMost(PATIENCE).until(() -> !idle.isAlive() && !busy.isAlive());
        assertThat(Files.readString(err)).contains("mimiry: The session has ended");
        awaitProcess("sleep 985", 0);
        Files.delete(err);
    }

    @Test
    void a_container_that_dies_ends_the_command_with_a_sentence() throws IOException {
        TestKey key = fixture.newKey();
        try (TestContainer dying = new TestContainer()) {
            fixture.session(key, "dying", null, dying);
            Path err = Files.createTempFile("ssh-test", ".err");
            Process client = start(fixture.ssh(key, "127.0.0.1", "sleep 984"), err);
            await().atMost(PATIENCE).until(() -> dying.shell("ps").contains("sleep 984"));

            TestContainer.docker("kill", dying.name());

            await().atMost(PATIENCE).until(() -> !client.isAlive());
            assertThat(client.exitValue()).isEqualTo(137);
            assertThat(Files.readString(err)).isEqualTo("mimiry: Session dying has ended.\n");
            Files.delete(err);
        }
    }

    @Test
    void a_stopping_front_door_says_goodbye() throws Exception {
        try (FrontDoorFixture other = new FrontDoorFixture()) {
            TestKey key = other.newKey();
            other.session(key, "work", null, container);
            Path err = Files.createTempFile("ssh-test", ".err");
            Process client = start(other.ssh(key, "127.0.0.1", "sleep 983"), err);
            awaitProcess("sleep 983", 1);

            other.door.stop();

            await().atMost(PATIENCE).until(() -> !client.isAlive());
            assertThat(Files.readString(err)).contains("mimiry: The server is stopping; connect again in a moment.");
            assertThat(other.door.accepting()).isFalse();
            Files.delete(err);
        }
    }

    @Test
    void what_is_not_offered_is_refused_in_words() {
        TestKey key = newSession();

        assertThat(fixture.run(key, "-s", "127.0.0.1", "sftp").expect(255).errors())
                .contains("subsystem request failed");
        assertThat(fixture.run(key, "-o", "ExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:9", "127.0.0.1")
                        .expect(255)
                        .errors())
                .contains("remote port forwarding failed");
        assertThat(fixture.run(key, "-W", "127.0.0.1:9", "127.0.0.1")
                        .expect(255)
                        .errors())
                .contains("stdio forwarding failed");
    }

    private static TestKey newSession() {
        TestKey key = fixture.newKey();
        fixture.session(key, "work", null, container);
        return key;
    }

    private static Process start(List<String> command) throws IOException {
        return start(command, Path.of("/dev/null"));
    }

    private static Process start(List<String> command, Path err) throws IOException {
        return Ran.start(command, Path.of("/dev/null"), Path.of("/dev/null"), err);
    }

    private static void awaitProcess(String commandLine, int count) {
        await().atMost(PATIENCE)
                .until(() -> container
                                .shell("ps -o args")
                                .lines()
                                .filter(commandLine::equals)
                                .count()
                        == count);
    }
}
