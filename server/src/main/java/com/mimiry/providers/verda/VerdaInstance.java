package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.providers.ProviderFailure;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An instance as Verda shows it. Fields may be missing, in old records and young ones.
 *
 * @param machine our tag, where the instance is one of this deployment's
 * @param ip null in the first half minute
 * @param osVolume null until it is provisioned
 * @param gpus -1 where it is not said
 * @param memoryBytes 0 where it is not said
 */
record VerdaInstance(
        UUID id,
        @Nullable UUID machine,
        VerdaStatus status,
        String statusText,
        String message,
        @Nullable String ip,
        @Nullable UUID osVolume,
        int gpus,
        long memoryBytes,
        @Nullable Instant createdAt) {
    /** @throws ProviderFailure.Unavailable when it has no id: then the answer it is from is not whole */
    static VerdaInstance of(JsonNode json, VerdaNames names) {
        UUID id = VerdaAnswers.idOrNull(json.path("id").asText(null));
        if (id == null) {
            throw new ProviderFailure.Unavailable("verda shows an instance without an id", null);
        }
        String status = json.path("status").asText("");
        String ip = json.path("ip").asText(null);
        return new VerdaInstance(
                id,
                names.machineOf(json).orElse(null),
                VerdaStatus.of(status),
                status,
                message(json),
                ip == null || ip.isBlank() || ip.equals("null") ? null : ip,
                VerdaAnswers.idOrNull(json.path("os_volume_id").asText(null)),
                json.path("gpu").path("number_of_gpus").asInt(-1),
                json.path("memory").path("size_in_gigabytes").asLong(0) << 30,
                time(json.path("created_at").asText("")).orElse(null));
    }

    /** What Verda says of its state, for people; null where it only is as it should be. */
    @Nullable String words() {
        return switch (status) {
            case RUNNING, STARTING, DISCONTINUED -> null;
            case OFFLINE, DELETING, FAILED, UNKNOWN ->
                "verda says %s%s".formatted(statusText, message.isEmpty() ? "" : ": " + message);
        };
    }

    /** Not in every description of the API; where it is there, it is what people want to read. */
    private static String message(JsonNode json) {
        String text = json.path("error_message").asText("");
        String words =
                text.isEmpty() || text.equals("null") ? json.path("message").asText("") : text;
        return words.equals("null") ? "" : words.length() > 300 ? words.substring(0, 300) + "…" : words;
    }

    private static Optional<Instant> time(String text) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }
}
