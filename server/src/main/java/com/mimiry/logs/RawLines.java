package com.mimiry.logs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Consumer;

/** Cuts stored text ("timestamp, space, text, line feed" for each line) without making strings of it. */
final class RawLines {
    private RawLines() {}

    /** Where the first line after a time begins; the length where there is none. */
    static int firstAfter(byte[] raw, long ns) {
        if (ns < 0) {
            return 0;
        }
        byte[] time = LogTime.format(ns).getBytes(StandardCharsets.US_ASCII);
        int at = 0;
        while (at < raw.length && Arrays.compare(raw, at, at + LogTime.WIDTH, time, 0, LogTime.WIDTH) <= 0) {
            at = next(raw, at);
        }
        return at;
    }

    /** Where the last {@code count} lines begin. */
    static int newest(byte[] raw, int count) {
        int at = raw.length;
        for (int i = 0; i < count && at > 0; i++) {
            at = start(raw, at - 1);
        }
        return at;
    }

    /** Where the oldest whole line begins that ends within the last {@code bytes}. */
    static int within(byte[] raw, int bytes) {
        return raw.length <= bytes ? 0 : next(raw, raw.length - bytes - 1);
    }

    /** Where the last whole line ends that fits into {@code bytes} from {@code from}; {@code from} if none does. */
    static int fitting(byte[] raw, int from, int bytes) {
        return raw.length - from <= bytes ? raw.length : Math.max(from, start(raw, from + bytes));
    }

    /** The time of the last line; there must be one. */
    static long lastNs(byte[] raw) {
        int at = newest(raw, 1);
        return LogTime.nanos(Instant.parse(new String(raw, at, LogTime.WIDTH, StandardCharsets.US_ASCII)));
    }

    static byte[] withoutTimes(byte[] raw) {
        ByteArrayOutputStream text = new ByteArrayOutputStream(raw.length);
        for (int at = 0; at < raw.length; at = next(raw, at)) {
            int start = at + LogTime.WIDTH + 1;
            text.write(raw, start, next(raw, at) - start);
        }
        return text.toByteArray();
    }

    static void forEach(byte[] raw, Consumer<SessionLogs.Line> sink) {
        for (int at = 0; at < raw.length; at = next(raw, at)) {
            int text = at + LogTime.WIDTH + 1;
            sink.accept(new SessionLogs.Line(
                    new String(raw, at, LogTime.WIDTH, StandardCharsets.US_ASCII),
                    new String(raw, text, next(raw, at) - 1 - text, StandardCharsets.UTF_8)));
        }
    }

    static int count(byte[] raw) {
        int count = 0;
        for (byte b : raw) {
            count += b == '\n' ? 1 : 0;
        }
        return count;
    }

    /** The end of the line that begins at {@code at}, its line feed included. */
    static int firstLineEnd(byte[] raw, int at) {
        return next(raw, at);
    }

    private static int next(byte[] raw, int at) {
        int i = at;
        while (raw[i] != '\n') {
            i++;
        }
        return i + 1;
    }

    /** The start of the line that {@code end} is in. */
    private static int start(byte[] raw, int end) {
        int i = end;
        while (i > 0 && raw[i - 1] != '\n') {
            i--;
        }
        return i;
    }
}
