package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.containers.ContainerEngine.PullProgress;
import com.mimiry.containers.ContainerEngine.RegistryAuth;
import com.mimiry.platform.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from a real registry of this machine that wants credentials. */
class PullTest {
    private static final RegistryAuth RIGHT = new RegistryAuth("ada", "pass word:ü/+");
    private static final String TAG = "t" + UUID.randomUUID();

    @RegisterExtension
    static final TestEngine HOST = new TestEngine();

    @TempDir
    static Path directory;

    private static Process registry;
    private static String repository;

    @BeforeAll
    static void startRegistry() throws Exception {
        int port;
        port = FreePort.any();
        File users = directory.resolve("htpasswd").toFile();
        Process htpasswd = new ProcessBuilder("htpasswd", "-nbB", "-C", "4", RIGHT.username(), RIGHT.password())
                .redirectOutput(users)
                .start();
        assertThat(htpasswd.waitFor()).isZero();
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
        Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return true;
        });
        repository = "127.0.0.1:" + port + "/team/tools";
        push();
    }

    /** Pushing is nothing that the engine offers to others, so it is asked directly. */
    private static void push() throws IOException {
        // Of no other image's content, so that the engine has to fetch it again.
        TestEngine.load(repository + ":" + TAG, TestEngine.rootFileSystem(List.of("cat", TAG)));
        String auth = "{\"username\":\"ada\",\"password\":\"pass word:ü/+\"}";
        try (EngineResponse response = TestEngine.http()
                .open(EngineRequest.post("/images/" + repository + "/push")
                        .query("tag", TAG)
                        .header(
                                "X-Registry-Auth",
                                Base64.getUrlEncoder().encodeToString(auth.getBytes(StandardCharsets.UTF_8))))) {
            assertThat(new String(response.readWhole(), StandardCharsets.UTF_8))
                    .contains("digest")
                    .doesNotContain("\"error\"");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        forget();
    }

    private static void forget() {
        TestEngine.http().call(EngineRequest.delete("/images/" + repository + ":" + TAG));
    }

    @AfterAll
    static void stopRegistry() throws InterruptedException {
        registry.destroy();
        registry.waitFor(10, TimeUnit.SECONDS);
    }

    private static void assertRefused(String image, @Nullable RegistryAuth auth, String words) {
        assertThatThrownBy(() -> HOST.engine.pull(image, auth, progress -> {}))
                .isInstanceOf(EngineException.Rejected.class)
                .hasMessageContaining(words);
    }

    @Test
    void right_credentials_bring_the_image() {
        List<PullProgress> seen = new ArrayList<>();
        HOST.engine.pull(repository + ":" + TAG, RIGHT, seen::add);
        assertThat(HOST.engine.image(repository + ":" + TAG)).isPresent();
        assertThat(seen).last().satisfies(last -> {
            assertThat(last.layers()).isPositive();
            assertThat(last.layersDone()).isEqualTo(last.layers());
        });
        forget();
    }

    @Test
    void wrong_or_no_credentials_are_refused_in_the_registrys_words() {
        assertRefused(repository + ":" + TAG, new RegistryAuth("ada", "wrong"), "unauthorized");
        assertRefused(repository + ":" + TAG, null, "no basic auth credentials");
    }

    @Test
    void an_unknown_tag_is_refused_in_the_registrys_words() {
        assertRefused(repository + ":nosuch", RIGHT, "manifest");
    }

    @Test
    void an_unknown_digest_is_refused() {
        assertRefused(repository + "@sha256:" + "0".repeat(64), RIGHT, "manifest");
    }

    @Test
    void a_digest_that_the_engine_has_is_given_to_whom_the_registry_gives_it() {
        HOST.engine.pull(repository + ":" + TAG, RIGHT, progress -> {});
        String digest = TestEngine.http()
                .call(EngineRequest.get("/images/" + repository + ":" + TAG + "/json"))
                .path("RepoDigests")
                .path(0)
                .asText();
        assertRefused(digest, null, "no basic auth credentials");
        assertRefused(digest, new RegistryAuth("ada", "wrong"), "unauthorized");
        HOST.engine.pull(digest, RIGHT, progress -> {});
        forget();
    }

    @Test
    void a_registry_that_is_not_there_is_named() {
        assertRefused("127.0.0.1:1/x:y", null, "refused");
    }

    @Test
    void what_is_no_reference_never_reaches_the_engine() {
        assertRefused("../etc/passwd", null, "is no image reference");
    }
}
