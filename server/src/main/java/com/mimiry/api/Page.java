package com.mimiry.api;

import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is asked for.
 *
 * @param limit 1 to 100
 * @param offset rows to skip
 */
public record Page(int limit, int offset) {
    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 100;

    /**
     * Reads the query parameters {@code limit} and {@code offset}.
     *
     * @throws ApiException 422 naming the one that is not valid
     */
    public static Page of(@Nullable String limit, @Nullable String offset) {
        return new Page((int) Queries.number("limit", limit, 1, LIMIT_MAX, LIMIT_DEFAULT), (int)
                Queries.number("offset", offset, 0, Integer.MAX_VALUE, 0));
    }
}
