package com.mimiry.platform;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** RFC 3339 in UTC with a fixed width, so that clients may sort times as text. */
public final class Timestamps {
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private Timestamps() {}

    /** For example {@code 2026-05-01T08:00:00.000000Z}: always 27 characters. */
    public static String format(Instant instant) {
        return MICROS.format(instant);
    }
}
