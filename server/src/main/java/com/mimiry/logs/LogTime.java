package com.mimiry.logs;

import com.mimiry.api.ApiException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Pattern;

/** Log timestamps: nanoseconds since 1970 inside, RFC 3339 UTC with nine decimals outside. Years 1970 to 2262. */
final class LogTime {
    /** Characters of a formatted time. */
    static final int WIDTH = 30;

    private static final long NANOS = 1_000_000_000L;
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern FRACTION = Pattern.compile("(\\.\\d{9})\\d+");
    private static final Pattern DECODED_PLUS = Pattern.compile(" (\\d{2}:\\d{2})$");

    private LogTime() {}

    /** Nearest representable time: an engine with a broken clock must not stop a log. */
    static long nanos(Instant at) {
        long second = at.getEpochSecond();
        if (second < 0) {
            return 0;
        }
        return second >= Long.MAX_VALUE / NANOS ? Long.MAX_VALUE - NANOS : second * NANOS + at.getNano();
    }

    static Instant instant(long nanos) {
        return Instant.ofEpochSecond(nanos / NANOS, nanos % NANOS);
    }

    static long second(long nanos) {
        return nanos / NANOS;
    }

    static String format(long nanos) {
        return FORMAT.format(instant(nanos));
    }

    /**
     * Reads what clients send as {@code since}: RFC 3339 of any precision and offset, also with the plus sign decoded to
     * a space on the way.
     */
    static long parseSince(String since) {
        String text = since.strip().toUpperCase(Locale.ROOT);
        text = DECODED_PLUS.matcher(text).replaceFirst("+$1");
        text = FRACTION.matcher(text).replaceFirst("$1");
        if (text.length() > 10 && text.charAt(10) == ' ') {
            text = text.substring(0, 10) + 'T' + text.substring(11);
        }
        try {
            return nanos(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException _) {
            throw ApiException.invalidField(
                    "since", "since must be an RFC 3339 time such as 2026-05-01T08:00:00.123456789Z.");
        }
    }
}
