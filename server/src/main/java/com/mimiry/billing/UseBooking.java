package com.mimiry.billing;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.Map;

/** Turns metered seconds into ledger entries, one for each UTC day that they fall on. */
final class UseBooking {
    private final Ledger ledger;
    private final MeterStore meters;
    private final Holds holds;

    UseBooking(Ledger ledger, MeterStore meters, Holds holds) {
        this.ledger = ledger;
        this.meters = meters;
        this.holds = holds;
    }

    /**
     * Books from what is metered already up to second {@code target}, or back to it where more was metered. The meter's
     * row is left for the caller to write.
     *
     * @param start instant of the meter's second 0
     */
    Outcome book(Transaction tx, Funds funds, MeterReading reading, long target, Instant start) {
        Instant zero = reading.startedOr(start);
        Outcome outcome = new Outcome(funds, reading);
        while (outcome.reading().meteredSeconds() < target) {
            long from = outcome.reading().meteredSeconds();
            outcome = bookPiece(tx, outcome, from, Math.min(target, lastSecondOfDay(zero, from)), zero);
        }
        while (outcome.reading().meteredSeconds() > target) {
            long from = outcome.reading().meteredSeconds();
            outcome = bookPiece(tx, outcome, from, Math.max(target, firstSecondOfDay(zero, from - 1)), zero);
        }
        return outcome;
    }

    private Outcome bookPiece(Transaction tx, Outcome before, long from, long to, Instant zero) {
        MeterReading reading = before.reading();
        Money charged = reading.price().upTo(to);
        Money cost = reading.cost().upTo(to);
        Money charge = charged.minus(reading.charged());
        Money expense = cost.minus(reading.costBooked());
        Money target = holds.target(reading.price().hourly(), reading.meter().maxCost(), charged);
        Money held = holds.afterCharge(before.funds().cash(), reading.held(), charge, target);
        Money moreHeld = held.minus(reading.held());

        Map<AccountKind, Money> changes = new EnumMap<>(AccountKind.class);
        changes.put(AccountKind.CASH, charge.plus(moreHeld).negated());
        changes.put(AccountKind.RESERVED, moreHeld);
        changes.put(AccountKind.USAGE_REVENUE, charge);
        changes.put(AccountKind.PROVIDER_COST, expense.negated());
        changes.put(AccountKind.PROVIDER_PAYABLE, expense);
        Entry entry = new Entry(
                to > from ? Entry.Kind.USAGE : Entry.Kind.CORRECTION,
                reading.resourceId(),
                reading.meter().kind(),
                Long.toString(from),
                zero.plusSeconds(Math.min(from, to)),
                zero.plusSeconds(Math.max(from, to)),
                changes,
                reading.meter().description());
        Ledger.Booked booked = ledger.post(tx, before.funds(), entry);
        if (booked.id().isEmpty() && !entry.changes().isEmpty()) {
            throw new IllegalStateException(
                    "second " + from + " of resource " + reading.resourceId() + " is booked already");
        }
        LocalDate day = day(zero, Math.min(from, to));
        meters.addUse(tx, reading.meter(), day, to - from, charge, expense);
        return new Outcome(booked.funds(), reading.booked(to, charged, cost, held));
    }

    private static LocalDate day(Instant zero, long second) {
        return LocalDate.ofInstant(zero.plusSeconds(second), ZoneOffset.UTC);
    }

    /** The second after the last one that begins on the same day as {@code second}. */
    private static long lastSecondOfDay(Instant zero, long second) {
        Instant midnight =
                day(zero, second).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        return begunSeconds(zero, midnight);
    }

    /** The first second that begins on the same day as {@code second}. */
    private static long firstSecondOfDay(Instant zero, long second) {
        return begunSeconds(zero, day(zero, second).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /** Seconds from one instant to another, a begun one included. */
    static long begunSeconds(Instant from, Instant to) {
        return Math.ceilDiv(Duration.between(from, to).toNanos(), 1_000_000_000L);
    }

    record Outcome(Funds funds, MeterReading reading) {}
}
