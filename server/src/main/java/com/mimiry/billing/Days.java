package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.Queries;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * UTC days, both included.
 */
record Days(LocalDate first, LocalDate last) {
    private static final int DATE_LENGTH = 10;

    /**
     * Reads {@code from} and {@code to}: dates, or times of which the day counts; the present month where absent.
     *
     * @throws ApiException 422 naming the bad one
     */
    static Days of(@Nullable String from, @Nullable String to, LocalDate today) {
        LocalDate first = day("from", from, today.withDayOfMonth(1));
        LocalDate last = day("to", to, today);
        if (last.isBefore(first)) {
            throw ApiException.invalidField("to", "to must not lie before from.");
        }
        return new Days(first, last);
    }

    private static LocalDate day(String name, @Nullable String text, LocalDate absent) {
        if (text == null || text.isBlank()) {
            return absent;
        }
        if (text.strip().length() != DATE_LENGTH) {
            Instant time = Queries.time(name, text);
            return time == null ? absent : LocalDate.ofInstant(time, ZoneOffset.UTC);
        }
        try {
            LocalDate day = LocalDate.parse(text.strip());
            if (day.getYear() >= 1) {
                return day;
            }
        } catch (DateTimeParseException e) {
            throw invalid(name);
        }
        throw invalid(name);
    }

    private static ApiException invalid(String name) {
        return ApiException.invalidField(
                name, name + " must be a date such as 2026-05-01, or an RFC 3339 time, of the years 0001 to 9999.");
    }
}
