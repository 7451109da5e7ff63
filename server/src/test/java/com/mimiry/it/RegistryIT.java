package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.platform.FreePort;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images from a real private registry. */
class RegistryIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final String USER = "ada";
    private static final String PASSWORD = "pass word:ü/+";
    private static final int BIG_MIB = 60;

    @TempDir
    static Path directory;

    private static Process registry;
    private static String repository;
    private final MimiryServer server = MimiryServer.shared();
    private final TestUser user = server.user("100");

    @BeforeAll
    static void startRegistry() throws Exception {
        int port = FreePort.any();
        Path users = directory.resolve("htpasswd");
        Files.writeString(
                users,
                Commands.run("htpasswd", "-nbB", "-C", "4", USER, PASSWORD)
                        .orFail()
                        .text());
        Path config = Files.writeString(
                directory.resolve("config.yml"), """
                version: 0.1
                log: {level: error}
                storage: {filesystem: {rootdirectory: "%s"}}
                http: {addr: "127.0.0.1:%d"}
                auth: {htpasswd: {realm: test, path: "%s"}}
                """.formatted(directory.resolve("data"), port, users));
        registry = new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return true;
        });
        repository = "127.0.0.1:" + port + "/team/tools";
        Path login = Files.createDirectory(directory.resolve("login"));
        Commands.run(
                        List.of(
                                "docker",
                                "--config",
                                login.toString(),
                                "login",
                                "-u",
                                USER,
                                "-p",
                                PASSWORD,
                                "127.0.0.1:" + port),
                        Map.of(),
                        InputStream.nullInputStream())
                .orFail();
        push(login, "big", BIG_MIB);
        push(login, "cut", BIG_MIB);
    }

    /** Content of its own, which the engine does not have once it has forgotten the tag. */
    private static void push(Path login, String tag, int mebibytes) {
        String image = repository + ":" + tag;
        Commands.run(
                        "sh",
                        "-c",
                        """
                        set -eu
                        folder=$1/$3; mkdir -p "$folder"
                        head -c ${4}M /dev/urandom > "$folder/noise"
                        printf 'FROM %s\\nCOPY noise /noise\\n' "$5" > "$folder/Dockerfile"
                        DOCKER_BUILDKIT=0 docker build -q -t "$2" "$folder"
                        docker --config "$6" push -q "$2"
                        docker rmi "$2"
                        """,
                        "sh",
                        directory.toString(),
                        image,
                        tag,
                        Integer.toString(mebibytes),
                        TestImage.name(),
                        login.toString())
                .orFail();
    }

    @AfterAll
    static void stopRegistry() throws InterruptedException {
        registry.destroy();
        assertThat(registry.waitFor(10, TimeUnit.SECONDS)).isTrue();
        forget();
        Commands.run("docker", "rmi", repository + ":cut");
    }

    @BeforeEach
    void forgetImage() {
        forget();
    }

    private static void forget() {
        Commands.run("docker", "rmi", repository + ":big");
    }

    private String create(String tag, @Nullable String password, String command) {
        return create(user, repository + ":" + tag, password, command);
    }

    private static String create(TestUser user, String image, @Nullable String password, String command) {
        String auth = password == null
                ? ""
                : ",\"registry_auth\":{\"username\":\"%s\",\"password\":\"%s\"}".formatted(USER, password);
        String body = """
                {"name":"x","image":{"uri":"%s"%s},"gpu":{"types":["T4"]},"command":"%s"}""".formatted(image, auth, command);
        return user.post(SESSIONS, body).expect(202).json().get("id").asText();
    }

    private static List<String> messages(JsonNode session) {
        List<String> messages = new ArrayList<>();
        session.get("events").forEach(event -> messages.add(event.get("message").asText()));
        return messages;
    }

    @Test
    void right_credentials_bring_the_image_and_its_progress_is_seen() {
        String id = create("big", PASSWORD, "ls -l /noise");
        JsonNode ended = user.awaitState(id, "terminated", "failed");
        assertThat(ended.get("error").isNull()).as(ended.toString()).isTrue();
        assertThat(user.logs(id, "")).contains("/noise");
        assertThat(ended.get("events").toString()).contains("\"pull\"");
        assertThat(messages(ended)).contains("Pulling " + repository + ":big");
        assertThat(messages(ended).toString()).containsPattern("of \\d+ layers");
        String again = create("big", "wrong", "true");
        assertThat(user.awaitState(again, "failed", "completed").get("state").asText())
                .as("an image that another has brought is not given to who names wrong credentials")
                .isEqualTo("failed");
    }

    @Test
    void an_image_that_came_with_credentials_is_given_under_no_name_to_who_shows_none() {
        String image = repository + ":big";
        assertThat(user.awaitState(create("big", PASSWORD, "true"), "terminated", "failed")
                        .get("exit_code")
                        .asInt(-1))
                .isZero();
        TestUser other = server.user("100");
        for (String name : List.of(image, inspect(image, "{{index .RepoDigests 0}}"), shortId(image))) {
            JsonNode refused = other.awaitState(create(other, name, null, "true"), "failed", "terminated");
            assertThat(refused.get("state").asText()).as(name).isEqualTo("failed");
            assertThat(refused.get("error").asText())
                    .as("in the registry's words")
                    .contains(name)
                    .containsPattern("no basic auth credentials|denied|not found|refused|lookup|timeout");
            assertThat(SessionLifecycleIT.states(refused)).doesNotContain("started");
        }
        for (TestUser entitled : List.of(other, user)) {
            JsonNode ended = entitled.awaitState(create(entitled, image, PASSWORD, "true"), "terminated", "failed");
            assertThat(ended.get("state").asText()).as(ended.toString()).isEqualTo("terminated");
        }
        String digest = inspect(image, "{{index .RepoDigests 0}}");
        JsonNode ended = other.awaitState(create(other, digest, PASSWORD, "true"), "terminated", "failed");
        assertThat(ended.get("state").asText()).as(ended.toString()).isEqualTo("terminated");
    }

    private static String shortId(String image) {
        return inspect(image, "{{.Id}}").substring("sha256:".length()).substring(0, 12);
    }

    private static String inspect(String image, String format) {
        return Commands.run("docker", "image", "inspect", "--format", format, image)
                .orFail()
                .text()
                .strip();
    }

    @Test
    void wrong_and_missing_credentials_fail_in_the_registrys_words() {
        JsonNode wrong = user.awaitState(create("big", "wrong", "true"), "failed");
        assertThat(wrong.get("error").asText()).contains(repository + ":big").containsIgnoringCase("unauthorized");
        JsonNode none = user.awaitState(create("big", null, "true"), "failed");
        assertThat(none.get("error").asText()).contains("no basic auth credentials");
    }

    @Test
    void an_unknown_image_fails_in_the_registrys_words() {
        String tag = "t" + UUID.randomUUID();
        JsonNode failed = user.awaitState(create(tag, PASSWORD, "true"), "failed");
        assertThat(failed.get("error").asText()).contains(tag).contains("manifest");
        assertThat(failed.get("exit_code").isNull()).isTrue();
    }

    @Test
    void a_session_deleted_while_its_image_is_pulled_leaves_nothing() {
        String id = create("cut", PASSWORD, "sleep 100");
        user.awaitSession(id, session -> session.get("operation").asText().equals("starting__pulling_image"));
        user.end(id).expect(202);
        JsonNode ended = user.awaitState(id, "terminated");
        assertThat(ended.get("stop_reason").asText()).isEqualTo("user_requested");
        assertThat(ended.get("exit_code").isNull()).isTrue();
        assertThat(SessionLifecycleIT.containersOf(id)).isEmpty();
        assertThat(SessionLifecycleIT.states(ended)).contains("stopped").doesNotContain("started");
    }
}
