package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.platform.Money;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The most that may be spent in a period of UTC days.
 *
 * @param userId null = the organization as a whole
 */
record SpendLimit(@Nullable UUID userId, Period period, Money limit, SetBy setBy) {
    /** Who may change it. Where both have set one, the lower one holds. */
    enum SetBy {
        OPERATOR,
        ORGANIZATION;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    enum Period {
        DAY,
        MONTH;

        LocalDate first(Instant now) {
            LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
            return switch (this) {
                case DAY -> today;
                case MONTH -> today.withDayOfMonth(1);
            };
        }

        LocalDate last(Instant now) {
            LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
            return switch (this) {
                case DAY -> today;
                case MONTH -> today.with(TemporalAdjusters.lastDayOfMonth());
            };
        }

        Instant start(Instant now) {
            return first(now).atStartOfDay(ZoneOffset.UTC).toInstant();
        }

        /** The first instant after the period. */
        Instant end(Instant now) {
            return last(now).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws ApiException 422 unless it is day or month */
        static Period parse(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "day" -> DAY;
                case "month" -> MONTH;
                default -> throw ApiException.invalidField("period", "period must be day or month.");
            };
        }
    }

    String scope() {
        return userId == null ? "organization" : "user";
    }

    boolean isAbout(@Nullable UUID user, Period inPeriod, SetBy by) {
        return Objects.equals(userId, user) && period == inPeriod && setBy == by;
    }

    boolean covers(MeterReading reading) {
        return userId == null || userId.equals(reading.meter().userId());
    }
}
