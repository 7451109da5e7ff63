package com.mimiry.sessions;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads query parameters and path ids; a bad one is a 422 that names it, a bad id a 404. */
final class SessionQuery {
    private static final Set<String> STATES =
            Arrays.stream(SessionState.values()).map(SessionState::text).collect(Collectors.toSet());
    private static final Set<String> OPERATIONS = Arrays.stream(Operation.values())
            .map(Operation::primary)
            .filter(primary -> !primary.isEmpty())
            .collect(Collectors.toSet());

    private SessionQuery() {}

    static List<String> states(String name, @Nullable String csv) {
        return words(name, csv, STATES);
    }

    static List<String> operations(String name, @Nullable String csv) {
        return words(name, csv, OPERATIONS);
    }

    private static List<String> words(String name, @Nullable String csv, Set<String> known) {
        if (csv == null) {
            return List.of();
        }
        List<String> words = Stream.of(csv.split(",", -1))
                .map(word -> word.strip().toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .toList();
        for (String word : words) {
            if (!known.contains(word)) {
                throw ApiException.invalidField(
                        name,
                        "%s has the unknown value \"%s\"; it may be %s."
                                .formatted(name, word, known.stream().sorted().collect(Collectors.joining(", "))));
            }
        }
        return words;
    }

    static @Nullable Instant time(String name, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text.strip()).toInstant();
        } catch (DateTimeParseException _) {
            throw ApiException.invalidField(
                    name, "%s must be an RFC 3339 time such as 2026-05-01T00:00:00Z.".formatted(name));
        }
    }

    static int whole(String name, @Nullable String text, int otherwise, int min, int max) {
        if (text == null || text.isBlank()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Said below, as for a number out of bounds.
        }
        throw ApiException.invalidField(name, "%s must be a whole number from %d to %d.".formatted(name, min, max));
    }

    static boolean flag(String name, @Nullable String text) {
        if (text == null || text.isBlank() || text.equalsIgnoreCase("false")) {
            return false;
        }
        if (text.equalsIgnoreCase("true")) {
            return true;
        }
        throw ApiException.invalidField(name, "%s must be true or false.".formatted(name));
    }

    static UUID id(String text) {
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException _) {
            // Said below: what is no id names no session.
        }
        throw new ApiException(ErrorCode.NOT_FOUND, "No session has this id; a session id is a UUID.");
    }
}
