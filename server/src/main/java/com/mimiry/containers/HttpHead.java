package com.mimiry.containers;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The status line and headers of an HTTP/1.1 response.
 *
 * @param headers by lower-case name; of a repeated one the last
 */
record HttpHead(int status, Map<String, String> headers) {
    private static final int MAX_LINE_BYTES = 16 * 1024;
    private static final int MAX_LINES = 200;

    /** Reads up to the first byte of the body; interim responses are skipped, but for 101. */
    static HttpHead read(InputStream in) throws IOException {
        HttpHead head = readOne(in);
        while (head.status >= 100 && head.status < 200 && head.status != 101) {
            head = readOne(in);
        }
        return head;
    }

    @Nullable String header(String name) {
        return headers.get(name);
    }

    /** The body as its framing says; reading a body that was cut short throws. */
    InputStream body(InputStream in) throws IOException {
        if (status == 101) {
            return in;
        }
        if (status == 204 || status == 304) {
            return InputStream.nullInputStream();
        }
        String encoding = headers.get("transfer-encoding");
        if (encoding != null && encoding.toLowerCase(Locale.ROOT).contains("chunked")) {
            return BodyInput.chunked(in);
        }
        String length = headers.get("content-length");
        return length == null ? in : BodyInput.sized(in, parseLength(length));
    }

    static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        int b = in.read();
        while (b != '\n') {
            if (b < 0) {
                throw new EOFException(
                        line.size() == 0 ? "closed the connection" : "closed the connection in the middle of a line");
            }
            line.write(b);
            if (line.size() > MAX_LINE_BYTES) {
                throw new ProtocolException("sent a header line without end");
            }
            b = in.read();
        }
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    private static HttpHead readOne(InputStream in) throws IOException {
        int status = parseStatus(readLine(in));
        Map<String, String> headers = new TreeMap<>();
        for (int lines = 0; lines < MAX_LINES; lines++) {
            String line = readLine(in);
            if (line.isEmpty()) {
                return new HttpHead(status, headers);
            }
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new ProtocolException("sent a header that is none");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        throw new ProtocolException("sent headers without end");
    }

    private static int parseStatus(String line) throws ProtocolException {
        if (line.matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
            return Integer.parseInt(line.substring(9, 12));
        }
        throw new ProtocolException("does not speak HTTP");
    }

    private static long parseLength(String length) throws ProtocolException {
        if (length.matches("[0-9]{1,18}")) {
            return Long.parseLong(length);
        }
        throw new ProtocolException("sent a Content-Length that is none");
    }
}
