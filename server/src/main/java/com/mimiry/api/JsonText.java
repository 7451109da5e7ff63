package com.mimiry.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** What PostgreSQL and terminals cannot hold is refused in every JSON text at once, keys included. */
final class JsonText {
    private static final JsonFactory JSON = new JsonFactory();

    private JsonText() {}

    /**
     * @throws ApiException 422 naming the field with a NUL or half a surrogate pair in it; malformed JSON passes, as the
     *     reader of the request reports that better
     */
    static void check(byte[] body) {
        if (!hasEscape(body)) {
            return; // raw NUL bytes and broken UTF-8 are no JSON in the first place
        }
        try (JsonParser parser = JSON.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME) {
                    check(parser.getText(), parser);
                }
            }
        } catch (IOException e) {
            return;
        }
    }

    private static boolean hasEscape(byte[] body) {
        for (int i = 0; i + 1 < body.length; i++) {
            if (body[i] == '\\' && body[i + 1] == 'u') {
                return true;
            }
        }
        return false;
    }

    private static void check(String text, JsonParser parser) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (c == 0 || Character.isSurrogate(c)) {
                String field = parser.getParsingContext().pathAsPointer().toString();
                String path = field.isEmpty() ? "body" : path(field);
                throw ApiException.invalidField(
                        path, path + " holds " + (c == 0 ? "a NUL character." : "half of a surrogate pair."));
            }
        }
    }

    private static String path(String pointer) {
        return pointer.substring(1)
                .replaceAll("[\\x00\\ud800-\\udfff]", "")
                .replaceAll("/(\\d+)(?=/|$)", "[$1]")
                .replace('/', '.');
    }
}
