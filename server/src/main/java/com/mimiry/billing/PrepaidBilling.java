package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Billing from prepaid balances. Every change is made under the lock of the organization's row, after reading again what
 * it depends on: that makes repeated and concurrent calls harmless.
 */
@Singleton
public final class PrepaidBilling implements Billing {
    private final Database database;
    private final Clock clock;
    private final BillingRules rules;
    private final Ledger ledger;
    private final LedgerStore accounts = new LedgerStore();
    private final MeterStore meters = new MeterStore();
    private final UseBooking booking;
    private final Quotas quotas;
    private final SpendLimits spendLimits = new SpendLimits();
    private final Runways runways = new Runways();
    private final Holds holds;
    private final AuditLog auditLog;

    public PrepaidBilling(Database database, Clock clock, Ids ids, BillingRules rules) {
        this.database = database;
        this.clock = clock;
        this.rules = rules;
        this.ledger = new Ledger(clock, ids, rules.lowBalanceMarks());
        this.holds = new Holds(rules);
        this.booking = new UseBooking(ledger, meters, holds);
        this.quotas = new Quotas(rules);
        this.auditLog = new AuditLog(ids);
    }

    @Override
    public void reserve(Transaction tx, Meter meter, Instant now) {
        if (meters.find(tx, meter.resourceId()).isPresent()) {
            return;
        }
        Funds funds = fundsFor(tx, meter);
        if (meters.find(tx, meter.resourceId()).isPresent()) {
            return;
        }
        requireActive(funds);
        Money needed = holds.target(meter.hourlyRate(), meter.maxCost(), Money.ZERO);
        quotas.check(tx, meter);
        holds.requireCash(funds, needed, meter.hourlyRate());
        requireWithinSpendLimits(tx, meter, needed, now);
        meters.insert(tx, meter, now);
        moveHold(tx, funds, MeterReading.fresh(meter), needed);
    }

    /** What costs nothing needs no billing account. */
    private Funds fundsFor(Transaction tx, Meter meter) {
        if (meter.hourlyRate().micros() == 0) {
            return ledger.ensure(tx, meter.organizationId());
        }
        return ledger.lock(tx, meter.organizationId())
                .filter(Funds::opened)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NO_BALANCE,
                        "This organization has no billing account yet; add credit, or ask the operator to.",
                        Map.of("balance", Money.ZERO.euros(), "currency", Money.CURRENCY)));
    }

    /** The meter's own hold is left out: it is what {@code needed} takes the place of. */
    private void requireWithinSpendLimits(Transaction tx, Meter meter, Money needed, Instant now) {
        spendLimits.check(
                tx,
                meter,
                needed,
                () -> meters.open(tx, meter.organizationId()).stream()
                        .filter(other -> !other.resourceId().equals(meter.resourceId()))
                        .toList(),
                now);
    }

    private static void requireActive(Funds funds) {
        if (funds.suspended()) {
            throw new ApiException(
                    ErrorCode.FORBIDDEN, "This organization is suspended; ask the operator of this server why.");
        }
    }

    @Override
    public void reprice(Transaction tx, UUID resourceId, Terms terms, Instant now) {
        withLocked(tx, resourceId, (funds, reading) -> {
            if (reading.meteredSeconds() > 0) {
                throw new IllegalStateException("meter " + resourceId + " has run at its rates already");
            }
            requireActive(funds);
            MeterReading placed = reading.rated(placed(reading.meter(), terms));
            Meter meter = placed.meter();
            quotas.checkPlacement(tx, reading.meter(), meter);
            Money needed = holds.target(meter.hourlyRate(), meter.maxCost(), Money.ZERO);
            holds.requireCash(withoutHold(funds, reading), needed, meter.hourlyRate());
            if (needed.compareTo(reading.held()) > 0) {
                requireWithinSpendLimits(tx, meter, needed, now);
            }
            moveHold(tx, funds, placed, needed);
        });
    }

    @Override
    public void extend(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, int volumeGb, Instant now) {
        withLocked(tx, resourceId, (before, reading) -> {
            Meter wanted = extended(reading.meter(), hourlyRate, hourlyCost, volumeGb);
            boolean grows = grows(reading.meter(), wanted);
            if (grows) {
                requireActive(before);
                quotas.checkGrowth(
                        tx, reading.meter(), (long) volumeGb - reading.meter().volumeGb());
            }
            UseBooking.Outcome booked = booking.book(
                    tx,
                    before,
                    reading,
                    Math.max(reading.meteredSeconds(), reading.secondsAt(now)),
                    reading.startedOr(now));
            MeterReading rated = booked.reading().rated(wanted);
            Money needed = holds.target(hourlyRate, wanted.maxCost(), rated.charged());
            if (grows) {
                holds.requireCash(withoutHold(booked.funds(), rated), needed, hourlyRate);
                requireWithinSpendLimits(tx, wanted, needed, now);
            }
            moveHold(tx, booked.funds(), rated, grows ? needed : smaller(needed, rated.held()));
        });
    }

    /** What goes back to a former size needs nobody's leave, whatever rates have become meanwhile. */
    private static boolean grows(Meter old, Meter wanted) {
        return wanted.volumeGb() > old.volumeGb()
                || (wanted.volumeGb() == old.volumeGb() && wanted.hourlyRate().compareTo(old.hourlyRate()) > 0);
    }

    private static Money smaller(Money one, Money other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    @Override
    public void meter(Transaction tx, UUID resourceId, Instant from, Instant upTo) {
        Instant start = from.truncatedTo(ChronoUnit.MICROS);
        MeterReading seen = reading(tx, resourceId);
        if (!wantsMetering(seen, upTo)) {
            return;
        }
        withLocked(tx, seen, (funds, reading) -> {
            if (!wantsMetering(reading, upTo)) {
                return;
            }
            MeterReading running = reading.started(start);
            long seconds = Math.max(running.meteredSeconds(), running.secondsAt(upTo));
            meters.update(tx, booking.book(tx, funds, running, seconds, start).reading());
        });
    }

    private boolean wantsMetering(MeterReading reading, Instant upTo) {
        return switch (reading.state()) {
            case RESERVED -> true;
            case RUNNING ->
                reading.secondsAt(upTo) - reading.meteredSeconds()
                        >= rules.postingInterval().toSeconds();
            case CLOSED -> false;
        };
    }

    @Override
    public void settle(Transaction tx, UUID resourceId, Instant from, Instant end) {
        Instant start = from.truncatedTo(ChronoUnit.MICROS);
        withLocked(tx, resourceId, (funds, reading) -> {
            MeterReading running = reading.started(start);
            long seconds = secondsUntil(running, running.startedOr(start), end);
            UseBooking.Outcome booked = booking.book(tx, funds, running, seconds, start);
            close(tx, booked.funds(), booked.reading());
        });
    }

    /** A begun second counts. What a former rate has fixed stays. */
    private static long secondsUntil(MeterReading reading, Instant start, Instant end) {
        return Math.max(reading.price().since(), UseBooking.begunSeconds(start, end));
    }

    @Override
    public void rerate(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, int volumeGb, Instant now) {
        withLocked(tx, resourceId, (before, reading) -> {
            long seconds = Math.max(reading.meteredSeconds(), reading.secondsAt(now));
            UseBooking.Outcome booked = booking.book(tx, before, reading, seconds, reading.startedOr(now));
            Meter old = reading.meter();
            MeterReading rated = booked.reading().rated(extended(old, hourlyRate, hourlyCost, volumeGb));
            Money wanted = holds.target(hourlyRate, old.maxCost(), rated.charged());
            Money spare = withoutHold(booked.funds(), rated).cash();
            Money held = spare.isNegative() ? Money.ZERO : spare.compareTo(wanted) < 0 ? spare : wanted;
            moveHold(tx, booked.funds(), rated, held);
        });
    }

    @Override
    public void release(Transaction tx, UUID resourceId) {
        withLocked(tx, resourceId, (funds, reading) -> {
            if (reading.meteredSeconds() > 0) {
                throw new IllegalStateException("meter " + resourceId + " has run; it has to be settled");
            }
            close(tx, funds, reading);
        });
    }

    private void close(Transaction tx, Funds funds, MeterReading reading) {
        moveHold(tx, funds, reading, Money.ZERO);
        meters.close(tx, reading.resourceId(), clock.instant());
    }

    private void moveHold(Transaction tx, Funds funds, MeterReading reading, Money held) {
        Money more = held.minus(reading.held());
        MeterReading moved = reading.holding(held);
        ledger.post(
                tx,
                funds,
                new Entry(
                        more.isNegative() ? Entry.Kind.RELEASE : Entry.Kind.HOLD,
                        reading.resourceId(),
                        reading.meter().kind(),
                        Long.toString(moved.moves()),
                        null,
                        null,
                        Entry.transfer(AccountKind.CASH, AccountKind.RESERVED, more),
                        reading.meter().description()));
        meters.update(tx, moved);
    }

    private static Funds withoutHold(Funds funds, MeterReading reading) {
        return funds.withHeld(reading.held().negated());
    }

    private static Meter placed(Meter old, Terms terms) {
        return new Meter(
                old.resourceId(),
                old.kind(),
                old.organizationId(),
                old.userId(),
                terms.hourlyRate(),
                terms.hourlyCost(),
                terms.provider(),
                terms.gpuFamily(),
                terms.gpuCount(),
                old.maxCost(),
                terms.description(),
                old.volumeGb());
    }

    private static Meter extended(Meter old, Money rate, Money cost, int volumeGb) {
        return new Meter(
                old.resourceId(),
                old.kind(),
                old.organizationId(),
                old.userId(),
                rate,
                cost,
                old.provider(),
                old.gpuFamily(),
                old.gpuCount(),
                old.maxCost(),
                old.description(),
                volumeGb);
    }

    /** Does something with an open meter under the lock of its organization; nothing with a closed one. */
    private void withLocked(Transaction tx, UUID resourceId, Change change) {
        withLocked(tx, reading(tx, resourceId), change);
    }

    /** @param seen the meter as it was before the lock; only what never changes of it is used */
    private void withLocked(Transaction tx, MeterReading seen, Change change) {
        Funds funds = ledger.lock(tx, seen.meter().organizationId()).orElseThrow();
        MeterReading reading = reading(tx, seen.resourceId());
        if (reading.state() != MeterReading.State.CLOSED) {
            change.apply(funds, reading);
        }
    }

    private MeterReading reading(Transaction tx, UUID resourceId) {
        return meters.find(tx, resourceId)
                .orElseThrow(() -> new IllegalStateException("nothing was reserved for resource " + resourceId));
    }

    @Override
    public Money charged(UUID resourceId) {
        return database.read(
                tx -> meters.find(tx, resourceId).map(MeterReading::charged).orElse(Money.ZERO));
    }

    @Override
    public Money accrued(UUID resourceId, Instant now) {
        return database.read(tx -> meters.find(tx, resourceId)
                .map(reading -> reading.charged().plus(reading.pending(now)))
                .orElse(Money.ZERO));
    }

    @Override
    public Map<UUID, Money> accrued(Collection<UUID> resourceIds, Instant now) {
        return accruals(resourceIds).entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, accrual -> accrual.getValue().at(now)));
    }

    @Override
    public Map<UUID, Accrual> accruals(Collection<UUID> resourceIds) {
        return database.read(tx -> meters.findAll(tx, resourceIds)).stream()
                .collect(Collectors.toMap(MeterReading::resourceId, MeterAccrual::new));
    }

    @Override
    public Outlook outlook(UUID resourceId, Instant now) {
        Optional<Sight> sight = look(resourceId, now);
        if (sight.isEmpty()) {
            return Outlook.CLOSED;
        }
        Runway runway = sight.get().runway();
        MeterReading mine = sight.get().mine();
        Optional<StopCause> stop = stopCause(runway, mine, now);
        Funds funds = runway.funds();
        if (stop.filter(cause -> cause == StopCause.BALANCE_DEPLETED).isPresent() && !funds.depleted()) {
            announceDepleted(funds.organizationId());
        }
        return new Outlook(stop, firstEnd(runway, mine, now), wantsMetering(mine, now));
    }

    private Optional<StopCause> stopCause(Runway runway, MeterReading mine, Instant now) {
        if (runway.funds().suspended()) {
            return Optional.of(StopCause.SUSPENDED);
        }
        if (reached(Runway.costEnd(mine, now), now)) {
            return Optional.of(StopCause.COST_LIMIT);
        }
        if (reached(runway.moneyEnd(mine), now.plus(rules.stopMargin()))) {
            return Optional.of(StopCause.BALANCE_DEPLETED);
        }
        return reached(runway.spendEnd(mine), now) ? Optional.of(StopCause.SPEND_LIMIT) : Optional.empty();
    }

    /** Things are stopped while the stop itself can still be paid, so the balance may never reach zero. */
    private void announceDepleted(UUID organizationId) {
        database.useTransaction(
                tx -> ledger.lock(tx, organizationId).ifPresent(funds -> ledger.announceDepleted(tx, funds)));
    }

    private static boolean reached(Optional<Instant> end, Instant now) {
        return end.isPresent() && !now.isBefore(end.get());
    }

    @Override
    public Optional<PaidEnd> paidUntil(UUID resourceId, Instant now) {
        return look(resourceId, now).flatMap(sight -> firstEnd(sight.runway(), sight.mine(), now));
    }

    private static Optional<PaidEnd> firstEnd(Runway runway, MeterReading mine, Instant now) {
        return Stream.of(
                        end(runway.moneyEnd(mine), StopCause.BALANCE_DEPLETED),
                        end(Runway.costEnd(mine, now), StopCause.COST_LIMIT),
                        end(runway.spendEnd(mine), StopCause.SPEND_LIMIT))
                .flatMap(Optional::stream)
                .min(Comparator.comparing(PaidEnd::at));
    }

    private static Optional<PaidEnd> end(Optional<Instant> at, StopCause cause) {
        return at.map(instant -> new PaidEnd(instant, cause));
    }

    /** Empty where the meter is closed. */
    private Optional<Sight> look(UUID resourceId, Instant now) {
        return database.read(tx -> meters.find(tx, resourceId)
                .filter(found -> found.state() != MeterReading.State.CLOSED)
                .map(mine -> new Sight(mine, runway(tx, mine.meter(), now))));
    }

    private Runway runway(Transaction tx, Meter meter, Instant now) {
        UUID organizationId = meter.organizationId();
        return runways.of(
                new Runways.Spender(organizationId, meter.userId()),
                now,
                () -> new Runway(
                        accounts.read(tx, organizationId).orElseThrow(),
                        meters.open(tx, organizationId),
                        spendLimits.spending(tx, organizationId, meter.userId(), now),
                        now));
    }

    @Override
    public Optional<Instant> depletion(UUID organizationId, Instant now) {
        return database.read(tx -> accounts.read(tx, organizationId)
                .flatMap(funds -> new Runway(funds, meters.open(tx, organizationId), List.of(), now).depletion()));
    }

    @Override
    public UUID credit(
            Transaction tx, UUID organizationId, Money amount, String reason, @Nullable String actor, Instant now) {
        return new Adjustments(ledger, accounts, auditLog)
                .credit(tx, new Adjustments.Order(organizationId, amount, reason, actor, null), now)
                .id();
    }

    @Override
    public Optional<Balance> balance(UUID organizationId) {
        return database.read(tx -> accounts.read(tx, organizationId)
                .filter(Funds::opened)
                .map(funds -> new Balance(funds.balance(), funds.reserved(), funds.cash())));
    }

    @Override
    public Duration postingInterval() {
        return rules.postingInterval();
    }

    private record MeterAccrual(MeterReading reading) implements Accrual {
        @Override
        public Money at(Instant now) {
            return reading.charged().plus(reading.pending(now));
        }

        @Override
        public Money held() {
            return reading.held();
        }
    }

    private record Sight(MeterReading mine, Runway runway) {}

    @FunctionalInterface
    private interface Change {
        void apply(Funds funds, MeterReading reading);
    }
}
