package com.mimiry.api;

import org.jspecify.annotations.Nullable;

/** Checks of body fields that many requests share. */
public final class Fields {
    private Fields() {}

    /**
     * The body itself.
     *
     * @throws ApiException 400 where the request has none
     */
    public static <T> T body(@Nullable T body) {
        if (body == null) {
            throw new ApiException(ErrorCode.MALFORMED_JSON, "This request needs a JSON object as its body.");
        }
        return body;
    }

    /**
     * A value that must be there.
     *
     * @throws ApiException 422 naming the field
     */
    public static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw ApiException.invalidField(field, field + " is required.");
        }
        return value;
    }

    /**
     * Required text of {@code min} to {@code max} characters (code points) without control characters.
     *
     * @throws ApiException 422 naming the field
     */
    public static String text(String field, @Nullable String value, int min, int max) {
        String text = required(field, value);
        int length = text.codePointCount(0, text.length());
        if (length < min || length > max) {
            throw ApiException.invalidField(
                    field, field + " must have " + min + " to " + max + " characters, not " + length + ".");
        }
        if (text.codePoints().anyMatch(Character::isISOControl)) {
            throw ApiException.invalidField(field, field + " must not hold control characters.");
        }
        return text;
    }
}
