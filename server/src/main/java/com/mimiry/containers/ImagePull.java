package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.containers.ContainerEngine.PullProgress;
import com.mimiry.containers.ContainerEngine.RegistryAuth;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One pull: asks for it and adds up what the engine says of the layers. Used by one thread. */
final class ImagePull {
    private static final long REPORT_EVERY_NANOS = Duration.ofMillis(300).toNanos();

    private final EngineHttp http;
    private final Duration silence;
    private final Consumer<PullProgress> progress;
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private @Nullable Long reportedAt;

    ImagePull(EngineHttp http, Duration silence, Consumer<PullProgress> progress) {
        this.http = http;
        this.silence = silence;
        this.progress = progress;
    }

    void run(ImageReference image, @Nullable RegistryAuth auth) {
        if (image.digest() != null) {
            showRegistry(image, auth);
        }
        EngineRequest request = authorized(
                EngineRequest.post("/images/create")
                        .query("fromImage", image.name())
                        .query("tag", image.version()),
                image,
                auth);
        try (EngineResponse response = http.ask(request, silence)) {
            if (response.head().status() >= 400) {
                // An engine that cannot reach the registry says so with a 5xx, but it did answer.
                throw new EngineException.Rejected(EngineFailures.words(http.whole(request, response)));
            }
            follow(request, response);
        }
        progress.accept(sum());
    }

    /** An engine that has an image already does not ask the registry for its digest, so it gives it to anybody. */
    private void showRegistry(ImageReference image, @Nullable RegistryAuth auth) {
        EngineRequest request = authorized(
                EngineRequest.get("/distribution/" + image.name() + "@" + image.digest() + "/json"), image, auth);
        try (EngineResponse response = http.ask(request, silence)) {
            byte[] answer = http.whole(request, response);
            if (response.head().status() >= 400) {
                throw new EngineException.Rejected(EngineFailures.words(answer));
            }
        }
    }

    private static EngineRequest authorized(EngineRequest request, ImageReference image, @Nullable RegistryAuth auth) {
        return auth == null ? request : request.header("X-Registry-Auth", header(image, auth));
    }

    private void follow(EngineRequest request, EngineResponse response) {
        try (MappingIterator<JsonNode> events =
                EngineHttp.JSON.readerFor(JsonNode.class).readValues(response.body())) {
            while (events.hasNextValue()) {
                response.watch().touch();
                on(events.nextValue());
            }
        } catch (IOException e) {
            throw http.unreachable(request, response.watch(), e);
        }
    }

    private void on(JsonNode event) {
        if (event.hasNonNull("error")) {
            throw new EngineException.Rejected(event.path("errorDetail")
                    .path("message")
                    .asText(event.path("error").asText()));
        }
        String id = event.path("id").asText();
        String status = event.path("status").asText();
        if (id.isEmpty() || status.startsWith("Pulling from")) {
            return;
        }
        layers.merge(id, Layer.seen(status, event.path("progressDetail")), Layer::then);
        if (reportedAt == null || System.nanoTime() - reportedAt > REPORT_EVERY_NANOS) {
            reportedAt = System.nanoTime();
            progress.accept(sum());
        }
    }

    private PullProgress sum() {
        int done = (int) layers.values().stream().filter(Layer::done).count();
        boolean known = layers.values().stream().allMatch(layer -> layer.done || layer.total > 0);
        long bytes = layers.values().stream().mapToLong(Layer::current).sum();
        long total = layers.values().stream().mapToLong(Layer::total).sum();
        return new PullProgress(done, layers.size(), bytes, known ? total : 0);
    }

    private static String header(ImageReference image, RegistryAuth auth) {
        ObjectNode json = EngineHttp.JSON.createObjectNode();
        json.put("username", auth.username()).put("password", auth.password());
        json.put(
                "serveraddress",
                image.registry().equals(ImageReference.DEFAULT_REGISTRY)
                        ? "https://index.docker.io/v1/"
                        : image.registry());
        return Base64.getUrlEncoder().encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** @param total 0 while unknown */
    private record Layer(boolean done, long current, long total) {
        static Layer seen(String status, JsonNode detail) {
            boolean done = status.equals("Pull complete") || status.equals("Already exists");
            // Unpacking counts anew from 0; what has been fetched is what people want to see.
            boolean fetching = status.equals("Downloading");
            return new Layer(
                    done,
                    fetching ? detail.path("current").asLong() : 0,
                    fetching ? Math.max(0, detail.path("total").asLong()) : 0);
        }

        Layer then(Layer later) {
            long total = Math.max(this.total, later.total);
            boolean allDone = done || later.done;
            return new Layer(allDone, allDone ? total : Math.max(current, later.current), total);
        }
    }
}
