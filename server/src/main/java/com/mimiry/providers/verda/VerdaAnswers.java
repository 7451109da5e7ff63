package com.mimiry.providers.verda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.providers.ProviderFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what Verda says: pure. Anything that is not understood is no answer, hence {@link ProviderFailure.Unavailable}. */
final class VerdaAnswers {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int WORDS_MAX = 300;
    private static final Pattern QUOTA = Pattern.compile("limit exceeded|quota|limit reached");
    private static final Pattern GONE =
            Pattern.compile("discontinue a discontinued instance|invalid instance id|already (deleted|discontinued)");

    private VerdaAnswers() {}

    /** @param body as it came, which may be no JSON at all */
    record Answer(int status, String body, @Nullable Duration retryAfter, int totalCount) {
        boolean isSuccess() {
            return status >= 200 && status < 300;
        }
    }

    /** @param code "" where the body has none: then it was not Verda's API that answered */
    record Words(String code, String message) {}

    static JsonNode json(Answer answer) {
        try {
            JsonNode node = JSON.readTree(answer.body());
            if (node != null && !node.isMissingNode()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            throw new ProviderFailure.Unavailable("verda answered what is no JSON: " + shortened(answer.body()), e);
        }
        throw new ProviderFailure.Unavailable("verda answered " + answer.status() + " with nothing in it", null);
    }

    /** A list that is whole. */
    static List<JsonNode> list(Answer answer) {
        JsonNode node = json(answer);
        if (!node.isArray()) {
            throw new ProviderFailure.Unavailable("verda answered no list: " + shortened(answer.body()), null);
        }
        List<JsonNode> items = new ArrayList<>();
        node.forEach(items::add);
        if (answer.totalCount() > items.size()) {
            throw new ProviderFailure.Unavailable(
                    "verda's list has %d of %d entries".formatted(items.size(), answer.totalCount()), null);
        }
        return items;
    }

    /** The bare id of something that was made: plain text or a JSON string. */
    static UUID id(Answer answer) {
        String text = answer.body().strip();
        if (text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")) {
            text = text.substring(1, text.length() - 1).strip();
        }
        UUID id = idOrNull(text);
        if (id == null) {
            throw new ProviderFailure.Unavailable("verda answered no id: " + shortened(answer.body()), null);
        }
        return id;
    }

    static @Nullable UUID idOrNull(@Nullable String text) {
        try {
            // The JDK also takes shorter texts for ids.
            return text == null || text.length() != 36 ? null : UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /**
     * What an answer that is no success means.
     *
     * @param creating whether it answers the create of an instance
     */
    static ProviderFailure failure(Answer answer, boolean creating) {
        Words words = words(answer.body());
        String message = "verda answered %d: %s".formatted(answer.status(), words.message());
        return switch (answer.status()) {
            case 400 ->
                QUOTA.matcher(words.message().toLowerCase(Locale.ROOT)).find()
                        ? new ProviderFailure.QuotaExceeded(message)
                        : new ProviderFailure.InvalidRequest(message);
            case 401, 403 -> new ProviderFailure.Unauthorized(message);
            case 402 -> new ProviderFailure.InsufficientFunds(message);
            case 404, 405, 409, 410, 413, 415, 422 -> new ProviderFailure.InvalidRequest(message);
            case 429 -> new ProviderFailure.RateLimited(message, answer.retryAfter());
            // Said by the API itself, it means that there is no room; said by anything before it, it means nothing.
            case 503 ->
                creating && words.code().equals("service_unavailable")
                        ? new ProviderFailure.NoCapacity(message)
                        : new ProviderFailure.Unavailable(message, null);
            default -> new ProviderFailure.Unavailable(message, null);
        };
    }

    /** The message may be a list of messages; what stands before the API may answer with a web page. */
    static Words words(String body) {
        try {
            JsonNode node = JSON.readTree(body);
            if (node != null && node.isObject()) {
                JsonNode message = node.path("message");
                String text = message.isArray() ? joined(message) : message.asText("");
                return new Words(node.path("code").asText(""), shortened(text));
            }
        } catch (JsonProcessingException _) {
            // A web page, or nothing.
        }
        return new Words("", shortened(body.replaceAll("<[^>]*>", " ")));
    }

    /** Whether these words of a refused delete say that there is nothing to delete any more. */
    static boolean saysGone(String message) {
        return GONE.matcher(message.toLowerCase(Locale.ROOT)).find();
    }

    private static String joined(JsonNode messages) {
        List<String> texts = new ArrayList<>();
        messages.forEach(text -> texts.add(text.asText()));
        return String.join("; ", texts);
    }

    static String shortened(String text) {
        String plain = text.replaceAll("\\s+", " ").strip();
        if (plain.isEmpty()) {
            return "(no words)";
        }
        return plain.length() <= WORDS_MAX ? plain : plain.substring(0, WORDS_MAX) + "…";
    }
}
