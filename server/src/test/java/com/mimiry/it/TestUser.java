package com.mimiry.it;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/** Somebody with an SSH key, signed in with it, who speaks to the API. */
final class TestUser {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final String VOLUMES = "/api/compute/v1/volumes";

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final MimiryServer server;
    private final Path key;
    private final String email;
    private @Nullable String token;

    private TestUser(MimiryServer server, Path key, String email) {
        this.server = server;
        this.key = key;
        this.email = email;
    }

    static TestUser create(MimiryServer server, String euros) {
        String name = "u" + UUID.randomUUID().toString().substring(0, 8);
        Path key = server.data().resolve(name);
        Commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key.toString())
                .orFail();
        String email = name + "@example.org";
        server.adminInProcess("user", "add", "--email", email, "--key", key + ".pub", "--credit", euros);
        return new TestUser(server, key, email);
    }

    /** The same user with the same token, speaking to another replica of the same deployment. */
    TestUser at(MimiryServer replica) {
        TestUser same = new TestUser(replica, key, email);
        same.token = token();
        return same;
    }

    record Reply(int status, JsonNode json, String text, HttpResponse<String> response, MimiryServer server) {
        Reply expect(int wanted) {
            if (status != wanted) {
                String log = status >= 500 ? "\n" + server.log() : "";
                throw new AssertionError("answered " + status + " instead of " + wanted + ": " + text + log);
            }
            return this;
        }
    }

    Path key() {
        return key;
    }

    String email() {
        return email;
    }

    /** A token by the contract's signature exchange; kept for this user. */
    synchronized String token() {
        String current = token;
        if (current == null) {
            current = signIn().expect(200).json().get("access_token").asText();
            token = current;
        }
        return current;
    }

    /** One signature exchange with {@code ssh-keygen}. */
    Reply signIn() {
        return signIn(System.currentTimeMillis() / 1000, newNonce());
    }

    Reply signIn(long timestamp, String nonce) {
        String signature = sign(fingerprint() + "\n" + timestamp + "\n" + nonce, "mimiry-auth");
        return exchange(fingerprint(), Long.toString(timestamp), nonce, signature, "{\"expires_in\":3600}");
    }

    /** The exchange with these very headers. */
    Reply exchange(String fingerprint, String timestamp, String nonce, String signature, String body) {
        return send(request("POST", "/api/v1/auth/token", body, false)
                .header("X-SSH-Fingerprint", fingerprint)
                .header("X-SSH-Timestamp", timestamp)
                .header("X-SSH-Nonce", nonce)
                .header("X-SSH-Signature", signature)
                .build());
    }

    static String newNonce() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    String fingerprint() {
        return Commands.run("ssh-keygen", "-lf", key + ".pub").text().split(" ", -1)[1];
    }

    /** The base64 of the armored signature of a text. */
    String sign(String text, String namespace) {
        try {
            Path message = Files.createTempFile(server.data(), "sign", "");
            Files.writeString(message, text);
            Commands.run("ssh-keygen", "-q", "-Y", "sign", "-f", key.toString(), "-n", namespace, message.toString())
                    .orFail();
            return Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of(message + ".sig")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whatever request, signed in, with a JSON body where one is given. */
    Reply call(String method, String path, @Nullable String body) {
        return send(request(method, path, body, true).build());
    }

    Reply get(String path) {
        return send(request("GET", path, null, true).build());
    }

    Reply post(String path, String body) {
        return send(request("POST", path, body, true).build());
    }

    Reply delete(String path) {
        return send(request("DELETE", path, null, true).build());
    }

    HttpRequest.Builder request(String method, String path, @Nullable String body, boolean signedIn) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(server.base() + path)).timeout(Duration.ofSeconds(60));
        builder.method(
                method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            builder.header("Content-Type", "application/json");
        }
        if (signedIn) {
            builder.header("Authorization", "Bearer " + token());
        }
        return builder;
    }

    Reply send(HttpRequest request) {
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Reply(response.statusCode(), parse(response.body()), response.body(), response, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode parse(String body) {
        try {
            return JSON.readTree(body);
        } catch (IOException _) {
            return JSON.nullNode();
        }
    }

    /** Creates a session from the test image on a T4, with further members of the body. */
    String create(String fields) {
        String body = "{\"name\":\"test\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]}%s}"
                .formatted(TestImage.name(), fields.isEmpty() ? "" : "," + fields);
        return post(SESSIONS, body).expect(202).json().get("id").asText();
    }

    JsonNode session(String id) {
        return get(SESSIONS + "/" + id + "?events_tail=-1").expect(200).json();
    }

    Reply end(String id) {
        return delete(SESSIONS + "/" + id);
    }

    JsonNode awaitState(String id, String... states) {
        return awaitSession(
                id, session -> List.of(states).contains(session.get("state").asText()));
    }

    JsonNode awaitSession(String id, Predicate<JsonNode> condition) {
        return await(() -> session(id), condition);
    }

    private JsonNode await(Supplier<JsonNode> look, Predicate<JsonNode> condition) {
        AtomicReference<@Nullable JsonNode> last = new AtomicReference<>();
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        JsonNode seen = look.get();
                        last.set(seen);
                        return condition.test(seen);
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("never happened; last seen: " + last.get() + "\n" + server.log(), e);
        }
        return requireNonNull(last.get());
    }

    /** Asks for a volume, with further members of the body. */
    JsonNode createVolume(String name, int sizeGb, String fields) {
        String body =
                "{\"name\":\"%s\",\"size_gb\":%d%s}".formatted(name, sizeGb, fields.isEmpty() ? "" : "," + fields);
        return post(VOLUMES, body).expect(202).json();
    }

    /** The id of a new volume that can be used. */
    String readyVolume(String name, int sizeGb, String fields) {
        String id = createVolume(name, sizeGb, fields).get("id").asText();
        awaitVolumeState(id, "provisioned");
        return id;
    }

    JsonNode volume(String id) {
        return get(VOLUMES + "/" + id).expect(200).json();
    }

    JsonNode awaitVolume(String id, Predicate<JsonNode> condition) {
        return await(() -> volume(id), condition);
    }

    JsonNode awaitVolumeState(String id, String state) {
        return awaitVolume(id, volume -> volume.get("state").asText().equals(state));
    }

    /** Members of a session's body: a command that has a volume at /data. */
    static String withVolume(String volume, String command) {
        return "\"command\":\"%s\",\"volume_mounts\":[{\"volume_name\":\"%s\",\"mount_path\":\"/data\"}]"
                .formatted(command, volume);
    }

    String logs(String id, String query) {
        return get(SESSIONS + "/" + id + "/logs" + query)
                .expect(200)
                .json()
                .get("logs")
                .asText();
    }

    /** {@code ssh} to a running session as its {@code ssh} object says, with further arguments. */
    Commands.Result ssh(String id, String... arguments) {
        JsonNode ssh = session(id).get("ssh");
        List<String> command = new ArrayList<>(sshOptions());
        command.add("-p");
        command.add(ssh.get("port").asText());
        command.add(ssh.get("host").asText());
        command.addAll(List.of(arguments));
        return Commands.run(command, Map.of(), java.io.InputStream.nullInputStream());
    }

    List<String> sshOptions() {
        return List.of(
                "ssh",
                "-F",
                "none",
                "-i",
                key.toString(),
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR");
    }
}
