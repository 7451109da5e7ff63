package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.containers.ContainerEngine.ContainerSummary;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Reads what an engine shows of containers. */
final class StatusReader {
    /** Engines write the year 1 for "never". */
    private static final int FIRST_REAL_YEAR = 1970;

    private static final Set<String> RUNNING = Set.of("running", "paused", "restarting");

    private StatusReader() {}

    static ContainerStatus status(JsonNode container) {
        JsonNode state = container.path("State");
        String error = state.path("Error").asText();
        return switch (state.path("Status").asText()) {
            case "created", "configured", "initialized" ->
                error.isEmpty() ? new ContainerStatus.Created() : exited(state);
            case "running", "paused", "restarting" -> new ContainerStatus.Running(instant(state.path("StartedAt")));
            case "exited", "stopped", "dead", "removing", "stopping" -> exited(state);
            case String other ->
                throw new EngineException.Unreachable(
                        "The container engine shows a container in a state that is unknown here: \"" + other + "\"",
                        null);
        };
    }

    static ContainerSummary summary(JsonNode entry) {
        Map<String, String> labels = new HashMap<>();
        entry.path("Labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
        String name = entry.path("Names").path(0).asText();
        return new ContainerSummary(
                name.startsWith("/") ? name.substring(1) : name,
                Map.copyOf(labels),
                RUNNING.contains(entry.path("State").asText()),
                Instant.ofEpochSecond(entry.path("Created").asLong()));
    }

    private static ContainerStatus exited(JsonNode state) {
        Instant startedAt = instant(state.path("StartedAt"));
        Instant finishedAt = instant(state.path("FinishedAt"));
        return new ContainerStatus.Exited(
                startedAt,
                finishedAt,
                state.path("ExitCode").asInt(),
                state.path("OOMKilled").asBoolean(),
                state.path("Error").asText());
    }

    private static Instant instant(JsonNode time) {
        try {
            OffsetDateTime parsed = OffsetDateTime.parse(time.asText());
            return parsed.getYear() < FIRST_REAL_YEAR ? Instant.EPOCH : parsed.toInstant();
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }
}
