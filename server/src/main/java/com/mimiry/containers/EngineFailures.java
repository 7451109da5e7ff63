package com.mimiry.containers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;

/** Names what an engine's error answers mean. */
final class EngineFailures {
    private static final int MAX_WORDS = 2_000;

    private EngineFailures() {}

    static EngineException of(EngineRequest request, int status, byte[] body) {
        String words = words(body);
        return switch (status) {
            case 404 -> new EngineException.NotFound(words);
            case 409 -> new EngineException.Conflict(words);
            default ->
                status >= 500
                        ? new EngineException.Unreachable(
                                "The container engine failed (" + request + "): " + words, null)
                        : new EngineException.Rejected(words);
        };
    }

    /** The engine's own words. */
    static String words(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        try {
            JsonNode json = EngineHttp.JSON.readTree(text);
            text = json.path("message").asText(json.path("cause").asText(text));
        } catch (JsonProcessingException e) {
            // Then it is plain text.
            text = text.isEmpty() ? "no reason given" : text;
        }
        return text.length() > MAX_WORDS ? text.substring(0, MAX_WORDS) + "…" : text;
    }
}
