package com.mimiry.billing;

import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How far an organization's money reaches for one of its resources, if nobody starts, stops or pays anything. Cash is
 * shared by all that runs; what is held for a resource is its own, and used last.
 *
 * @param open every meter that is not closed, the one in question included
 * @param now what the answers are about
 */
record Runway(Funds funds, List<MeterReading> open, List<Spending> spending, Instant now) {
    private static final long CENTURY = 100L * 366 * 24 * 3600;

    /** The same at another instant: what runs has run on. */
    Runway at(Instant instant) {
        return new Runway(funds, open, spending, instant);
    }

    /** When the money is gone; empty where it never ends this resource. */
    Optional<Instant> moneyEnd(MeterReading mine) {
        long rate = mine.price().hourly().micros();
        if (rate == 0 || coversItsOwnLimit(mine)) {
            return Optional.empty();
        }
        long burn = burning().stream()
                        .filter(other -> !other.resourceId().equals(mine.resourceId()))
                        .mapToLong(other -> other.price().hourly().micros())
                        .sum()
                + rate;
        long cash = Math.max(0, funds.cash().micros())
                - burning().stream().mapToLong(m -> m.pending(now).micros()).sum();
        // cash/burn + held/rate hours, as one fraction
        BigInteger hours = product(cash, rate).add(product(mine.held().micros(), burn));
        return Optional.of(lastSecond(mine).plusSeconds(seconds(hours, product(burn, rate))));
    }

    /** When max_cost is reached; empty where there is none. */
    Optional<Instant> costEnd(MeterReading mine) {
        Money maxCost = mine.meter().maxCost();
        if (maxCost == null || mine.price().hourly().micros() == 0) {
            return Optional.empty();
        }
        long second = Math.min(CENTURY, mine.price().secondsFor(maxCost));
        return Optional.of(mine.startedOr(now).plusSeconds(second));
    }

    /** When the first spend limit is reached; empty where none ever is at this rate. */
    Optional<Instant> spendEnd(MeterReading mine) {
        List<Instant> ends = new ArrayList<>();
        for (Spending each : spending) {
            if (each.limit().covers(mine)) {
                spendEnd(mine, each).ifPresent(ends::add);
            }
        }
        return ends.stream().min(Instant::compareTo);
    }

    private Optional<Instant> spendEnd(MeterReading mine, Spending each) {
        SpendLimit.Period period = each.limit().period();
        Instant start = period.start(now);
        long burn = mine.state() == MeterReading.State.RUNNING
                ? 0
                : mine.price().hourly().micros();
        long left = each.limit().limit().minus(each.spent()).micros();
        for (MeterReading other : burning()) {
            if (each.limit().covers(other)) {
                burn += other.price().hourly().micros();
                left -= other.pendingSince(start, now).micros();
            }
        }
        if (burn == 0) {
            return Optional.empty();
        }
        Instant end = now.plusSeconds(seconds(left, burn));
        Instant periodEnd = period.end(now);
        if (end.isBefore(periodEnd)) {
            return Optional.of(end);
        }
        Instant nextEnd = periodEnd.plusSeconds(seconds(each.limit().limit().micros(), burn));
        return nextEnd.isBefore(period.end(periodEnd)) ? Optional.of(nextEnd) : Optional.empty();
    }

    /** When nothing is left of cash and holds of what runs; empty where nothing burns. */
    Optional<Instant> depletion() {
        long burn = burnPerHour().micros();
        if (burn == 0) {
            return Optional.empty();
        }
        long left = funds.cash().micros();
        for (MeterReading each : burning()) {
            left += each.held().micros() - each.pending(now).micros();
        }
        return Optional.of(now.plusSeconds(Math.max(0, seconds(left, burn))));
    }

    Money burnPerHour() {
        return burning().stream().map(each -> each.price().hourly()).reduce(Money.ZERO, Money::plus);
    }

    private List<MeterReading> burning() {
        return open.stream()
                .filter(each -> each.state() == MeterReading.State.RUNNING)
                .toList();
    }

    /** Where all that max_cost still allows is held, other resources cannot end this one. */
    private static boolean coversItsOwnLimit(MeterReading mine) {
        Money maxCost = mine.meter().maxCost();
        return maxCost != null && mine.charged().plus(mine.held()).compareTo(maxCost) >= 0;
    }

    /** The begin of the second that {@code now} lies in, as the meter counts them. */
    private Instant lastSecond(MeterReading mine) {
        return mine.startedAt() == null ? now : mine.startedAt().plusSeconds(mine.secondsAt(now));
    }

    private static BigInteger product(long one, long other) {
        return BigInteger.valueOf(one).multiply(BigInteger.valueOf(other));
    }

    private static long seconds(long micros, long hourlyRate) {
        return seconds(BigInteger.valueOf(micros), BigInteger.valueOf(hourlyRate));
    }

    /** Hours as a fraction, in seconds: to the nearest, since micro-euros are rounded too; at most a century. */
    private static long seconds(BigInteger hours, BigInteger divisor) {
        BigDecimal seconds = new BigDecimal(hours.multiply(BigInteger.valueOf(3600)))
                .divide(new BigDecimal(divisor), 0, RoundingMode.HALF_UP);
        return seconds.min(BigDecimal.valueOf(CENTURY))
                .max(BigDecimal.valueOf(-CENTURY))
                .longValueExact();
    }

    /** @param spent in the limit's present period, as booked */
    record Spending(SpendLimit limit, Money spent) {}
}
