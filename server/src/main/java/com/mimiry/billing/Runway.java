package com.mimiry.billing;

import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * How far an organization's money reaches for one of its resources, if nobody starts, stops or pays anything. Cash is
 * shared by all that runs; what is held for a resource is its own, and used last. What is the same for all of them is added
 * up once: very many may ask.
 */
final class Runway {
    private static final long CENTURY = 100L * 366 * 24 * 3600;

    private final Funds funds;
    private final Instant readAt;
    private final int openMeters;
    private final Map<UUID, Long> burning = new HashMap<>();
    private final long burn;
    private final long cash;
    private final long held;
    private final List<Limited> limits;

    /** A spend limit, what burns towards it in micro-euros an hour, and what it leaves in micro-euros. */
    private record Limited(SpendLimit limit, long burn, long left) {}

    /**
     * @param open every meter that is not closed, the one in question included
     * @param readAt when all of it was so
     */
    Runway(Funds funds, List<MeterReading> open, List<Spending> spending, Instant readAt) {
        this.funds = funds;
        this.readAt = readAt;
        this.openMeters = open.size();
        List<MeterReading> running = open.stream()
                .filter(each -> each.state() == MeterReading.State.RUNNING)
                .toList();
        long burned = 0;
        long pending = 0;
        long reserved = 0;
        for (MeterReading each : running) {
            long rate = each.price().hourly().micros();
            burning.put(each.resourceId(), rate);
            burned += rate;
            pending += each.pending(readAt).micros();
            reserved += each.held().micros();
        }
        this.burn = burned;
        this.cash = funds.cash().micros() - pending;
        this.held = reserved;
        this.limits = spending.stream().map(each -> limited(each, running)).toList();
    }

    private Limited limited(Spending each, List<MeterReading> running) {
        Instant start = each.limit().period().start(readAt);
        long burned = 0;
        long left = each.limit().limit().minus(each.spent()).micros();
        for (MeterReading other : running) {
            if (each.limit().covers(other)) {
                burned += other.price().hourly().micros();
                left -= other.pendingSince(start, readAt).micros();
            }
        }
        return new Limited(each.limit(), burned, left);
    }

    Funds funds() {
        return funds;
    }

    Instant readAt() {
        return readAt;
    }

    int openMeters() {
        return openMeters;
    }

    /** When the money is gone; empty where it never ends this resource. */
    Optional<Instant> moneyEnd(MeterReading mine) {
        long rate = mine.price().hourly().micros();
        if (rate == 0 || coversItsOwnLimit(mine)) {
            return Optional.empty();
        }
        long burnWithMine = burn - burning.getOrDefault(mine.resourceId(), 0L) + rate;
        // What is pending is paid from cash first: where there was none, it is paid from what is held.
        long cashLeft = Math.max(0, funds.cash().micros()) - (funds.cash().micros() - cash);
        // cash/burn + held/rate hours, as one fraction
        BigInteger hours = product(cashLeft, rate).add(product(mine.held().micros(), burnWithMine));
        return Optional.of(lastSecond(mine).plusSeconds(seconds(hours, product(burnWithMine, rate))));
    }

    /** When max_cost is reached, counted from {@code now} where it does not run yet; empty where there is none. */
    static Optional<Instant> costEnd(MeterReading mine, Instant now) {
        Money maxCost = mine.meter().maxCost();
        if (maxCost == null || mine.price().hourly().micros() == 0) {
            return Optional.empty();
        }
        long second = Math.min(CENTURY, mine.price().secondsFor(maxCost));
        return Optional.of(mine.startedOr(now).plusSeconds(second));
    }

    /** When the first spend limit is reached; empty where none ever is at this rate. */
    Optional<Instant> spendEnd(MeterReading mine) {
        return limits.stream()
                .filter(each -> each.limit().covers(mine))
                .flatMap(each -> spendEnd(mine, each).stream())
                .min(Instant::compareTo);
    }

    private Optional<Instant> spendEnd(MeterReading mine, Limited each) {
        long own = mine.state() == MeterReading.State.RUNNING
                ? 0
                : mine.price().hourly().micros();
        long whole = each.burn() + own;
        if (whole == 0) {
            return Optional.empty();
        }
        Instant end = readAt.plusSeconds(seconds(each.left(), whole));
        SpendLimit.Period period = each.limit().period();
        Instant periodEnd = period.end(readAt);
        if (end.isBefore(periodEnd)) {
            return Optional.of(end);
        }
        Instant nextEnd = periodEnd.plusSeconds(seconds(each.limit().limit().micros(), whole));
        return nextEnd.isBefore(period.end(periodEnd)) ? Optional.of(nextEnd) : Optional.empty();
    }

    /** When nothing is left of cash and holds of what runs; empty where nothing burns. */
    Optional<Instant> depletion() {
        return burn == 0 ? Optional.empty() : Optional.of(readAt.plusSeconds(Math.max(0, seconds(cash + held, burn))));
    }

    Money burnPerHour() {
        return new Money(burn);
    }

    /** Where all that max_cost still allows is held, other resources cannot end this one. */
    private static boolean coversItsOwnLimit(MeterReading mine) {
        Money maxCost = mine.meter().maxCost();
        return maxCost != null && mine.charged().plus(mine.held()).compareTo(maxCost) >= 0;
    }

    /** The begin of the second that all was read in, as the meter counts them. */
    private Instant lastSecond(MeterReading mine) {
        return mine.startedAt() == null ? readAt : mine.startedAt().plusSeconds(mine.secondsAt(readAt));
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
