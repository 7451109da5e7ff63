package com.mimiry.billing;

import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Money;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A meter as it stands.
 *
 * @param startedAt null until the first second was asked to be metered
 * @param meteredSeconds how far use is booked
 * @param held what is reserved for it
 * @param moves how often its hold was moved, to tell the moves apart
 */
record MeterReading(
        Meter meter,
        State state,
        @Nullable Instant startedAt,
        Tariff price,
        Tariff cost,
        long meteredSeconds,
        Money charged,
        Money costBooked,
        Money held,
        long moves) {
    enum State {
        RESERVED,
        RUNNING,
        CLOSED
    }

    static MeterReading fresh(Meter meter) {
        return new MeterReading(
                meter,
                State.RESERVED,
                null,
                Tariff.flat(meter.hourlyRate()),
                Tariff.flat(meter.hourlyCost()),
                0,
                Money.ZERO,
                Money.ZERO,
                Money.ZERO,
                0);
    }

    UUID resourceId() {
        return meter.resourceId();
    }

    Instant startedOr(Instant from) {
        return startedAt == null ? from : startedAt;
    }

    /** Whole seconds of use at {@code now}; never before what a former rate has fixed. */
    long secondsAt(Instant now) {
        if (startedAt == null) {
            return 0;
        }
        return Math.max(price.since(), Duration.between(startedAt, now).toSeconds());
    }

    /** What use that is not booked yet has cost by {@code now}; zero where booking is ahead of the clock. */
    Money pending(Instant now) {
        return pendingSince(Instant.MIN, now);
    }

    /** The part of {@link #pending} that was used from {@code start} on. */
    Money pendingSince(Instant start, Instant now) {
        if (state != State.RUNNING || startedAt == null) {
            return Money.ZERO;
        }
        Money before = start.isAfter(startedAt) ? price.upTo(secondsAt(start)) : Money.ZERO;
        Money booked = before.compareTo(charged) > 0 ? before : charged;
        Money pending = price.upTo(secondsAt(now)).minus(booked);
        return pending.isNegative() ? Money.ZERO : pending;
    }

    MeterReading started(Instant from) {
        return new MeterReading(
                meter, State.RUNNING, startedOr(from), price, cost, meteredSeconds, charged, costBooked, held, moves);
    }

    MeterReading booked(long seconds, Money newCharged, Money newCost, Money newHeld) {
        return new MeterReading(meter, state, startedAt, price, cost, seconds, newCharged, newCost, newHeld, moves);
    }

    MeterReading holding(Money newHeld) {
        return new MeterReading(
                meter, state, startedAt, price, cost, meteredSeconds, charged, costBooked, newHeld, moves + 1);
    }

    /** The same meter at other rates from the second that is booked last. */
    MeterReading rated(Meter terms) {
        return new MeterReading(
                terms,
                state,
                startedAt,
                price.changed(meteredSeconds, terms.hourlyRate()),
                cost.changed(meteredSeconds, terms.hourlyCost()),
                meteredSeconds,
                charged,
                costBooked,
                held,
                moves);
    }
}
