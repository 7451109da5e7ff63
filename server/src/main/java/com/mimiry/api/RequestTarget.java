package com.mimiry.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What may stand in the first line of a request. */
final class RequestTarget {
    static final int BYTES_MAX = 8_192;

    private RequestTarget() {}

    /**
     * Refuses targets that nothing behind could make sense of.
     *
     * @param uri path and query as they came
     * @throws ApiException 414 where it is too long; 422 where its percent-encoding is broken, not UTF-8, or holds a NUL, and
     *     where what should be encoded is not
     */
    static void check(String uri) {
        if (uri.length() > BYTES_MAX) {
            throw new ApiException(
                    ErrorCode.URI_TOO_LONG,
                    "The request's address is longer than " + BYTES_MAX + " bytes; send less in the query.");
        }
        int query = uri.indexOf('?');
        checkPart(query < 0 ? uri : uri.substring(0, query), "path");
        if (query >= 0) {
            checkPart(uri.substring(query + 1), "query");
        }
        // Two slashes would begin an authority.
        String path = uri.replaceFirst("^/+", "/");
        try {
            new URI(path);
        } catch (URISyntaxException e) {
            throw ApiException.invalidField(
                    query < 0 || e.getIndex() < path.indexOf('?') ? "path" : "query",
                    "The request's address holds a character that has to be percent-encoded.");
        }
    }

    private static void checkPart(String part, String where) {
        ByteBuffer bytes = ByteBuffer.allocate(part.length() * 3);
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c != '%') {
                // Netty reads the request line as ISO 8859-1, so that each char is one byte of what was sent.
                bytes.put((byte) c);
                continue;
            }
            int high = digit(part, i + 1);
            int low = digit(part, i + 2);
            if (high < 0 || low < 0) {
                throw ApiException.invalidField(where, "The " + where + " holds a '%' that no two hex digits follow.");
            }
            int value = high * 16 + low;
            if (value == 0) {
                throw ApiException.invalidField(where, "The " + where + " holds a NUL byte (%00).");
            }
            bytes.put((byte) value);
            i += 2;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
        } catch (CharacterCodingException e) {
            throw ApiException.invalidField(where, "The percent-encoding of the " + where + " is not UTF-8.");
        }
    }

    private static int digit(String text, int index) {
        return index < text.length() ? Character.digit(text.charAt(index), 16) : -1;
    }
}
