package com.mimiry.api;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads query parameters and path ids; JAX-RS itself would answer a bad number with 404. */
public final class Queries {
    private static final String TIME = "an RFC 3339 time such as 2026-05-01T00:00:00Z, of the years 0001 to 9999";
    private static final Instant YEAR_1 = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    private Queries() {}

    /**
     * A whole number within bounds.
     *
     * @param value null or blank = absent
     * @throws ApiException 422 naming the parameter
     */
    public static long number(String name, @Nullable String value, long min, long max, long absent) {
        if (value == null || value.isBlank()) {
            return absent;
        }
        try {
            long number = Long.parseLong(value.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw invalid(name, value, "a whole number from " + min + " to " + max);
        }
        throw invalid(name, value, "a whole number from " + min + " to " + max);
    }

    /** {@code true} or {@code false} in any case; {@code 1} and {@code 0} too. */
    public static boolean flag(String name, @Nullable String value, boolean absent) {
        if (value == null || value.isBlank()) {
            return absent;
        }
        return switch (value.strip().toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes" -> true;
            case "false", "0", "no" -> false;
            default -> throw invalid(name, value, "true or false");
        };
    }

    /** The non-blank parts of a comma-separated list; empty where absent. */
    public static List<String> csv(@Nullable String value) {
        return value == null
                ? List.of()
                : Arrays.stream(value.split(","))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .toList();
    }

    /**
     * A comma-separated list of which each part must be one of the allowed words, whatever its case.
     *
     * @throws ApiException 422 naming the parameter and the bad part
     */
    public static List<String> csvOf(String name, @Nullable String value, List<String> allowed) {
        return csv(value).stream().map(part -> word(name, part, allowed)).toList();
    }

    private static String word(String name, String part, List<String> allowed) {
        return allowed.stream()
                .filter(word -> word.equalsIgnoreCase(part))
                .findFirst()
                .orElseThrow(() -> invalid(name, part, "one of " + String.join(", ", allowed)));
    }

    /** An RFC 3339 time with any offset; null where absent. */
    public static @Nullable Instant time(String name, @Nullable String value) {
        if (value == null || value.isBlank()) {
            return null;
        }
        try {
            // A plus sign that nobody encoded arrives as a space.
            Instant time = OffsetDateTime.parse(value.strip().replace(' ', '+')).toInstant();
            if (isShown(time)) {
                return time;
            }
        } catch (DateTimeParseException e) {
            throw invalid(name, value, TIME);
        }
        throw invalid(name, value, TIME);
    }

    /** Years of four digits: RFC 3339 knows no others, and the database not all of them. */
    public static boolean isShown(Instant time) {
        return !time.isBefore(YEAR_1) && time.isBefore(YEAR_10000);
    }

    /**
     * An id from the path.
     *
     * @param what names the thing in the message, such as {@code session}
     * @throws ApiException 404 where it is no UUID: nothing can have that id
     */
    public static UUID id(String what, String value) {
        try {
            UUID id = UUID.fromString(value);
            if (id.toString().equalsIgnoreCase(value)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            throw notFound(what);
        }
        throw notFound(what);
    }

    /** The 404 for a thing that is not there or not the caller's. */
    public static ApiException notFound(String what) {
        return new ApiException(ErrorCode.NOT_FOUND, "There is no such " + what + ", or you may not see it.");
    }

    private static ApiException invalid(String name, String value, String expected) {
        String shown = value.length() > 100 ? value.substring(0, 100) + "…" : value;
        return ApiException.invalidField(name, name + " must be " + expected + ", not '" + shown + "'.");
    }
}
