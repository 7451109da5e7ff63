import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** As much of the API as the bench needs. */
final class Api {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();
    private final String prefix;
    private final String token;
    private final Set<String> made = new HashSet<>();

    Api(String base, String token) {
        this.prefix = base + "/api/compute/v1";
        this.token = token;
    }

    String token() {
        return token;
    }

    String url(String path) {
        return prefix + path;
    }

    /** What is not below the API's prefix. */
    String root(String path) throws IOException, InterruptedException {
        return send("GET", prefix.replace("/api/compute/v1", path), "");
    }

    String call(String method, String path, String body) throws IOException, InterruptedException {
        return send(method, prefix + path, body);
    }

    private String send(String method, String uri, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(uri))
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        var response = client.send(request, BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException(method + " " + uri + " was answered " + response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    /** Creates a session that runs until it is terminated; returns its id at once. */
    String create(String image) throws IOException, InterruptedException {
        var session = call("POST", "/sessions", """
                {"name": "bench", "image": {"uri": "%s"}, "command": "sleep 3600", "auto_terminate": true, "max_duration": 3600}
                """.formatted(image));
        var id = member(session, "id");
        made.add(id);
        return id;
    }

    /** Returns the session as it was first seen started. */
    String awaitStarted(String id) throws IOException, InterruptedException {
        return await(id, "started", 10);
    }

    void terminate(String id) throws IOException, InterruptedException {
        call("DELETE", "/sessions/" + id, "");
        await(id, "terminated", 100);
        made.remove(id);
    }

    void terminateAll() throws IOException, InterruptedException {
        for (var id : Set.copyOf(made)) {
            terminate(id);
        }
    }

    private String await(String id, String wanted, long pauseMillis) throws IOException, InterruptedException {
        var end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            var session = call("GET", "/sessions/" + id, "");
            var state = member(session, "state");
            if (state.equals(wanted)) {
                return session;
            }
            if (System.nanoTime() > end || state.endsWith("failed")) {
                throw new IOException("session " + id + " is " + state + ", not " + wanted + ": " + session);
            }
            Thread.sleep(pauseMillis);
        }
    }

    /** The first member of that name, text or number; the API's objects have their own members before nested ones. */
    static String member(String json, String name) {
        var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"?([^\",}]*)").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        return found.group(1);
    }
}
