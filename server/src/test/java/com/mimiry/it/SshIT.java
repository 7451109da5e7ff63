package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real {@code ssh} into real sessions. */
class SshIT {
    private static final int BULK = 100_000_000;
    private static final int CHANNELS = 10;
    private static final String NOBODYS = "nobody-in-particular";

    private static final Map<String, TestUser> CREATED = new HashMap<>();
    private static @Nullable TestUser owner;
    private static @Nullable String running;
    private final MimiryServer server = MimiryServer.shared();
    private TestUser user = owner();

    @AfterAll
    static void endSessions() {
        CREATED.forEach((id, owner) -> owner.end(id));
        CREATED.forEach((id, owner) -> owner.awaitState(id, "terminated"));
    }

    private TestUser owner() {
        TestUser known = owner;
        if (known == null) {
            known = server.user("100");
            owner = known;
        }
        return known;
    }

    /** A session that all tests enter which do it no harm. */
    private String running() {
        String known = running;
        if (known == null) {
            known = started("");
            running = known;
        }
        return known;
    }

    private String started(String fields) {
        String id = user.create(fields);
        CREATED.put(id, user);
        user.awaitSession(id, session -> !session.get("ssh").isNull());
        return id;
    }

    private Commands.Result ssh(List<String> options, String destination, String... command) {
        return ssh(InputStream.nullInputStream(), options, destination, command);
    }

    private Commands.Result ssh(InputStream stdin, List<String> options, String destination, String... command) {
        List<String> line = new ArrayList<>(user.sshOptions());
        line.addAll(List.of("-o", "IdentitiesOnly=yes", "-p", Integer.toString(server.sshPort())));
        line.addAll(options);
        line.add(destination);
        line.addAll(List.of(command));
        return Commands.run(line, Map.of(), stdin);
    }

    private String addressOf(String id) {
        return user.session(id).get("ssh").get("host").asText();
    }

    @Test
    void a_session_is_found_by_its_address_its_id_its_name_and_by_the_only_key() {
        user = server.user("100");
        String name = "by-name-" + user.email().substring(0, 6);
        String id = started("\"command\":\"sleep 600\",\"environment_vars\":{\"WHO\":\"first\"}");
        assertThat(ssh(List.of(), "127.0.0.1", "echo $WHO").text()).isEqualTo("first\n");
        assertThat(ssh(List.of(), NOBODYS + "@127.0.0.1", "echo $WHO").text()).isEqualTo("first\n");
        String second = named(name, "second");
        assertThat(ssh(List.of(), addressOf(id), "echo $WHO").text()).isEqualTo("first\n");
        assertThat(ssh(List.of(), "root@" + addressOf(second), "echo $WHO").text())
                .isEqualTo("second\n");
        assertThat(ssh(List.of(), id + "@127.0.0.1", "echo $WHO").text()).isEqualTo("first\n");
        assertThat(ssh(List.of(), name + "@127.0.0.1", "echo $WHO").text()).isEqualTo("second\n");
        Commands.Result unclear = ssh(List.of(), NOBODYS + "@127.0.0.1", "echo $WHO");
        assertThat(unclear.exitCode()).isNotZero();
        assertThat(unclear.text()).isEmpty();
        assertThat(unclear.stderr()).contains(name).contains(addressOf(id)).contains(addressOf(second));
    }

    private String named(String name, String who) {
        String id = user.post(
                        "/api/compute/v1/sessions",
                        "{\"name\":\"%s\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]},\"environment_vars\":{\"WHO\":\"%s\"}}"
                                .formatted(name, TestImage.name(), who))
                .expect(202)
                .json()
                .get("id")
                .asText();
        CREATED.put(id, user);
        user.awaitSession(id, session -> !session.get("ssh").isNull());
        return id;
    }

    @Test
    void the_printed_command_line_works_as_it_is() {
        String id = running();
        JsonNode ssh = user.session(id).get("ssh");
        List<String> line = new ArrayList<>(user.sshOptions());
        String[] words = ssh.get("command").asText().split(" ", -1);
        assertThat(words[0]).isEqualTo("ssh");
        line.addAll(List.of(words).subList(1, words.length));
        line.add("echo ok");
        assertThat(Commands.run(line, Map.of(), InputStream.nullInputStream()).text())
                .isEqualTo("ok\n");
    }

    @Test
    void exit_codes_output_and_errors_are_exact() {
        String address = addressOf(running());
        for (int code : new int[] {0, 1, 2, 42, 126, 127, 254, 255}) {
            assertThat(ssh(List.of(), address, "exit " + code).exitCode()).isEqualTo(code);
        }
        assertThat(ssh(List.of(), address, "no-such-program").exitCode()).isEqualTo(127);
        assertThat(ssh(List.of(), address, "kill -9 $$").exitCode()).isIn(255, 137);
        Commands.Result both = ssh(List.of(), address, "printf out; printf err >&2; exit 3");
        assertThat(both.text()).isEqualTo("out");
        assertThat(both.stderr()).isEqualTo("err");
        assertThat(both.exitCode()).isEqualTo(3);
    }

    @Test
    void a_hundred_megabytes_pass_unchanged_both_ways() throws Exception {
        String address = addressOf(running());
        byte[] bytes = new byte[BULK];
        long seed = Long.getLong("mimiry.seed", System.nanoTime());
        System.out.println("seed " + seed);
        new SplittableRandom(seed).nextBytes(bytes);
        String wanted = sha256(bytes);
        Commands.Result up =
                ssh(new ByteArrayInputStream(bytes), List.of(), address, "sha256sum > /tmp/sum; cat /tmp/sum");
        assertThat(up.orFail().text()).startsWith(wanted + " ");
        Commands.Result stored = ssh(new ByteArrayInputStream(bytes), List.of(), address, "cat > /tmp/bulk");
        assertThat(stored.orFail().stdout()).isEmpty();
        byte[] down = ssh(List.of(), address, "cat /tmp/bulk").orFail().stdout();
        assertThat(down).hasSize(BULK);
        assertThat(sha256(down)).isEqualTo(wanted);
        byte[] through = ssh(new ByteArrayInputStream(bytes), List.of(), address, "cat")
                .orFail()
                .stdout();
        assertThat(sha256(through)).isEqualTo(wanted);
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void ten_commands_at_once_share_one_connection(@TempDir Path folder) throws Exception {
        String address = addressOf(running());
        List<String> share = List.of("-o", "ControlPath=" + folder.resolve("c"));
        List<String> master = new ArrayList<>(share);
        master.addAll(List.of("-o", "ControlMaster=yes", "-N", "-f"));
        assertThat(forked(master, address)).as("-N -f").isZero();
        try {
            assertThat(ssh(with(share, "-O", "check"), address).exitCode()).isZero();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Callable<Commands.Result>> calls = new ArrayList<>();
                for (int i = 0; i < CHANNELS; i++) {
                    int code = i;
                    calls.add(() -> ssh(share, address, "sleep 1; echo " + code + "; exit " + code));
                }
                List<Future<Commands.Result>> results = threads.invokeAll(calls);
                for (int i = 0; i < CHANNELS; i++) {
                    assertThat(results.get(i).get().text()).isEqualTo(i + "\n");
                    assertThat(results.get(i).get().exitCode()).isEqualTo(i);
                }
            }
        } finally {
            ssh(with(share, "-O", "exit"), address);
        }
        // The master answers first and leaves then.
        await().atMost(Duration.ofSeconds(10)).until(() -> !Files.exists(folder.resolve("c")));
    }

    /** Its output goes nowhere: what stays in the background would hold a pipe open. */
    private int forked(List<String> options, String address) throws Exception {
        List<String> line = new ArrayList<>(user.sshOptions());
        line.addAll(List.of("-p", Integer.toString(server.sshPort())));
        line.addAll(options);
        line.add(address);
        return new ProcessBuilder(line)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static List<String> with(List<String> options, String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void a_terminal_has_the_size_of_the_callers() {
        String address = addressOf(running());
        String ssh = String.join(" ", user.sshOptions()) + " -tt -p " + server.sshPort() + " " + address;
        Commands.Result result = Commands.run(
                "script", "-qec", "stty rows 33 cols 101; " + ssh + " 'stty size; tty; exit 9'", "/dev/null");
        assertThat(result.text()).contains("33 101").contains("/dev/pts/");
        assertThat(result.exitCode()).isEqualTo(9);
    }

    @Test
    void a_key_that_is_not_registered_and_one_of_somebody_else_are_refused(@TempDir Path folder) {
        String id = running();
        Path key = folder.resolve("stranger");
        Commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                .orFail();
        TestUser other = server.user("1");
        for (Path wrong : List.of(key, other.key())) {
            for (String destination : List.of(addressOf(id), id + "@127.0.0.1", "test@" + addressOf(id))) {
                Commands.Result refused = Commands.run(
                        "ssh",
                        "-F",
                        "none",
                        "-i",
                        wrong.toString(),
                        "-o",
                        "IdentitiesOnly=yes",
                        "-o",
                        "BatchMode=yes",
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-p",
                        Integer.toString(server.sshPort()),
                        destination,
                        "echo entered");
                assertThat(refused.text()).isEmpty();
                assertThat(refused.exitCode()).isEqualTo(255);
            }
        }
        Commands.Result byName = Commands.run(
                "ssh",
                "-F",
                "none",
                "-i",
                other.key().toString(),
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-p",
                Integer.toString(server.sshPort()),
                "test@127.0.0.1",
                "echo entered");
        assertThat(byName.text()).isEmpty();
        assertThat(byName.exitCode()).isNotZero();
    }

    @Test
    void where_ssh_was_not_wanted_the_front_door_says_so() {
        String id = started("\"ssh_enabled\":false");
        Commands.Result refused = ssh(List.of(), addressOf(id), "echo entered");
        assertThat(refused.text()).isEmpty();
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.stderr()).contains("ssh_enabled");
    }

    @Test
    void the_address_of_an_ended_session_leads_into_no_other() {
        running();
        String ended = started("");
        String address = addressOf(ended);
        user.end(ended);
        user.awaitState(ended, "terminated");
        Commands.Result refused = ssh(List.of(), address, "echo entered");
        assertThat(refused.text()).isEmpty();
        assertThat(refused.exitCode()).isNotZero();
    }

    @Test
    void a_key_that_was_deleted_opens_its_session_no_more(@TempDir Path folder) throws Exception {
        Path key = folder.resolve("second");
        Commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                .orFail();
        String body = "{\"title\":\"second\",\"public_key\":\"%s\"}"
                .formatted(Files.readString(Path.of(key + ".pub")).strip());
        String keyId =
                user.post("/api/v1/ssh-keys", body).expect(201).json().get("id").asText();
        String id = started("\"ssh_key_id\":\"" + keyId + "\"");
        assertThat(sshWith(key, addressOf(id)).text()).isEqualTo("entered\n");
        assertThat(user.delete("/api/v1/ssh-keys/" + keyId).status()).isBetween(200, 204);
        Commands.Result refused = sshWith(key, addressOf(id));
        assertThat(refused.text()).isEmpty();
        assertThat(refused.exitCode()).isNotZero();
    }

    private Commands.Result sshWith(Path key, String address) {
        List<String> line = new ArrayList<>(user.sshOptions());
        line.set(line.indexOf("-i") + 1, key.toString());
        line.addAll(
                List.of("-o", "IdentitiesOnly=yes", "-p", Integer.toString(server.sshPort()), address, "echo entered"));
        return Commands.run(line, Map.of(), InputStream.nullInputStream());
    }
}
