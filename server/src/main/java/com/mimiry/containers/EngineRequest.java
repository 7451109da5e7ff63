package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One call to an engine.
 *
 * @param path without the API version, percent-encoded
 * @param body empty for none
 */
@SuppressWarnings("ArrayRecordComponent")
record EngineRequest(String method, String path, Map<String, String> headers, byte[] body) {
    private static final byte[] NO_BODY = {};

    static EngineRequest get(String path) {
        return new EngineRequest("GET", path, Map.of(), NO_BODY);
    }

    static EngineRequest post(String path) {
        return new EngineRequest("POST", path, Map.of(), NO_BODY);
    }

    static EngineRequest delete(String path) {
        return new EngineRequest("DELETE", path, Map.of(), NO_BODY);
    }

    EngineRequest query(String name, String value) {
        String separator = path.indexOf('?') < 0 ? "?" : "&";
        return new EngineRequest(method, path + separator + name + "=" + encode(value), headers, body);
    }

    EngineRequest header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new EngineRequest(method, path, more, body);
    }

    /** Makes the connection a way in both directions. */
    EngineRequest upgrade() {
        return header("Connection", "Upgrade").header("Upgrade", "tcp");
    }

    boolean upgrades() {
        return headers.containsKey("Upgrade");
    }

    EngineRequest json(JsonNode content) {
        return body("application/json", content.toString().getBytes(StandardCharsets.UTF_8));
    }

    EngineRequest body(String type, byte[] content) {
        EngineRequest typed = header("Content-Type", type);
        return new EngineRequest(method, path, typed.headers, content);
    }

    /** The bytes on the wire. */
    byte[] encoded(String version) {
        StringBuilder head = new StringBuilder(256)
                .append(method + " " + version + path + " HTTP/1.1\r\nHost: engine\r\n")
                .append("Content-Length: " + body.length + "\r\n");
        if (!headers.containsKey("Connection")) {
            head.append("Connection: close\r\n");
        }
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[start.length + body.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(body, 0, all, start.length, body.length);
        return all;
    }

    /** For error messages: neither query nor headers, which may hold what is not for everybody. */
    @Override
    public String toString() {
        int query = path.indexOf('?');
        return method + " " + (query < 0 ? path : path.substring(0, query));
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
