package com.mimiry.billing;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A month of an organization: what was booked in it, from the balance that it began with to the one it ended with. Use is
 * put together by session and volume. A month that is over never changes, since entries are never dated back.
 *
 * @param lines add up to {@code closing} less {@code opening}
 */
record Statement(UUID organizationId, YearMonth month, Money opening, List<Line> lines, Money closing) {
    private static final int LINES_MAX = 20_000;

    static Statement read(Transaction tx, ReportStore store, UUID organizationId, YearMonth month) {
        return read(tx, store, organizationId, month, LINES_MAX);
    }

    static Statement read(Transaction tx, ReportStore store, UUID organizationId, YearMonth month, int linesMax) {
        Instant from = month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        Instant to = month.plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        Money opening = store.balanceBefore(tx, organizationId, from);
        Money booked = store.sum(tx, organizationId, from, to);
        List<Line> lines = new ArrayList<>(store.statementLines(tx, organizationId, from, to, linesMax));
        Money listed = lines.stream().map(Line::amount).reduce(Money.ZERO, Money::plus);
        if (!listed.equals(booked)) {
            lines.add(new Line(
                    to.minusSeconds(1),
                    "other",
                    "All further entries of the month together",
                    null,
                    null,
                    0,
                    booked.minus(listed)));
        }
        return new Statement(organizationId, month, opening, lines, opening.plus(booked));
    }

    Money total() {
        return closing.minus(opening);
    }

    /**
     * @param seconds of use; 0 where the line is about none
     * @param resourceKind session or volume, with {@code resourceId}
     */
    record Line(
            Instant at,
            String type,
            String description,
            @Nullable UUID resourceId,
            @Nullable String resourceKind,
            long seconds,
            Money amount) {}
}
