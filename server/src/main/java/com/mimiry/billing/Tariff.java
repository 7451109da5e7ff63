package com.mimiry.billing;

import com.mimiry.platform.Money;

/**
 * What use costs, second by second. Amounts are always computed from the first second on and rounded once, so that it does
 * not matter in how many intervals they are booked.
 *
 * @param since the second from which {@code hourly} holds
 * @param before what was used at former rates before {@code since}, in micro-euro times seconds per hour; not rounded
 */
record Tariff(long since, long before, Money hourly) {
    private static final long SECONDS_PER_HOUR = 3600;

    static Tariff flat(Money hourly) {
        return new Tariff(0, 0, hourly);
    }

    /** The cost of the first {@code seconds} seconds, half a micro-euro rounded up. */
    Money upTo(long seconds) {
        long twice = Math.multiplyExact(2, exact(seconds));
        return new Money(Math.floorDiv(Math.addExact(twice, SECONDS_PER_HOUR), 2 * SECONDS_PER_HOUR));
    }

    /** The same use so far, another rate from {@code second} on. */
    Tariff changed(long second, Money newHourly) {
        return new Tariff(second, exact(second), newHourly);
    }

    /** How many whole seconds from the first on cost no more than {@code amount}; at least {@code since}. */
    long secondsFor(Money amount) {
        if (hourly.micros() == 0) {
            return Long.MAX_VALUE;
        }
        long left = Math.subtractExact(Math.multiplyExact(amount.micros(), SECONDS_PER_HOUR), before);
        return since + Math.max(0, Math.floorDiv(left, hourly.micros()));
    }

    private long exact(long seconds) {
        if (seconds < since) {
            throw new IllegalArgumentException("second " + seconds + " lies before the present rate's first, " + since);
        }
        return Math.addExact(before, Math.multiplyExact(hourly.micros(), seconds - since));
    }
}
