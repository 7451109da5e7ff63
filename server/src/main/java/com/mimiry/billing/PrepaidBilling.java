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
import java.util.function.Function;
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
        Holds.requireCash(funds, needed, meter.hourlyRate());
        spendLimits.check(tx, meter, needed, () -> meters.open(tx, meter.organizationId()), now);
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

    private static void requireActive(Funds funds) {
        if (funds.suspended()) {
            throw new ApiException(
                    ErrorCode.FORBIDDEN, "This organization is suspended; ask the operator of this server why.");
        }
    }

    @Override
    public void reprice(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, String description) {
        withLocked(tx, resourceId, (funds, reading) -> {
            if (reading.meteredSeconds() > 0) {
                throw new IllegalStateException("meter " + resourceId + " has run at its rates already");
            }
            Meter old = reading.meter();
            MeterReading rated = reading.rated(terms(old, hourlyRate, hourlyCost, description, old.volumeGb()));
            Money needed = holds.target(hourlyRate, old.maxCost(), Money.ZERO);
            Holds.requireCash(withoutHold(funds, reading), needed, hourlyRate);
            moveHold(tx, funds, rated, needed);
        });
    }

    @Override
    public void extend(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, int volumeGb, Instant now) {
        withLocked(tx, resourceId, (before, reading) -> {
            requireActive(before);
            quotas.checkGrowth(
                    tx, reading.meter(), (long) volumeGb - reading.meter().volumeGb());
            UseBooking.Outcome booked = booking.book(
                    tx,
                    before,
                    reading,
                    Math.max(reading.meteredSeconds(), reading.secondsAt(now)),
                    reading.startedOr(now));
            Meter old = reading.meter();
            MeterReading rated =
                    booked.reading().rated(terms(old, hourlyRate, hourlyCost, old.description(), volumeGb));
            Money needed = holds.target(hourlyRate, old.maxCost(), rated.charged());
            Holds.requireCash(withoutHold(booked.funds(), rated), needed, hourlyRate);
            moveHold(tx, booked.funds(), rated, needed);
        });
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
            MeterReading rated =
                    booked.reading().rated(terms(old, hourlyRate, hourlyCost, old.description(), volumeGb));
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
        return new Funds(
                funds.organizationId(),
                funds.opened(),
                funds.suspended(),
                funds.cash().plus(reading.held()),
                funds.reserved().minus(reading.held()),
                funds.lastEntryAt());
    }

    private static Meter terms(Meter old, Money rate, Money cost, String description, int volumeGb) {
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
                description,
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
                .collect(Collectors.toMap(
                        MeterReading::resourceId,
                        reading -> now -> reading.charged().plus(reading.pending(now))));
    }

    @Override
    public Optional<StopCause> mustStop(UUID resourceId, Instant now) {
        return withRunway(resourceId, now, runway -> mine -> {
            if (runway.funds().suspended()) {
                return Optional.of(StopCause.SUSPENDED);
            }
            if (reached(runway.costEnd(mine), now)) {
                return Optional.of(StopCause.COST_LIMIT);
            }
            if (reached(runway.moneyEnd(mine), now.plus(rules.stopMargin()))) {
                return Optional.of(StopCause.BALANCE_DEPLETED);
            }
            return reached(runway.spendEnd(mine), now) ? Optional.of(StopCause.SPEND_LIMIT) : Optional.empty();
        });
    }

    private static boolean reached(Optional<Instant> end, Instant now) {
        return end.isPresent() && !now.isBefore(end.get());
    }

    @Override
    public Optional<PaidEnd> paidUntil(UUID resourceId, Instant now) {
        return withRunway(
                resourceId,
                now,
                runway -> mine -> Stream.of(
                                end(runway.moneyEnd(mine), StopCause.BALANCE_DEPLETED),
                                end(runway.costEnd(mine), StopCause.COST_LIMIT),
                                end(runway.spendEnd(mine), StopCause.SPEND_LIMIT))
                        .flatMap(Optional::stream)
                        .min(Comparator.comparing(PaidEnd::at)));
    }

    private static Optional<PaidEnd> end(Optional<Instant> at, StopCause cause) {
        return at.map(instant -> new PaidEnd(instant, cause));
    }

    private <T> Optional<T> withRunway(
            UUID resourceId, Instant now, Function<Runway, Function<MeterReading, Optional<T>>> question) {
        return database.read(tx -> {
            Optional<MeterReading> mine =
                    meters.find(tx, resourceId).filter(found -> found.state() != MeterReading.State.CLOSED);
            if (mine.isEmpty()) {
                return Optional.empty();
            }
            Meter meter = mine.get().meter();
            Runway runway = runways.of(
                    new Runways.Spender(meter.organizationId(), meter.userId()),
                    now,
                    () -> new Runway(
                            accounts.read(tx, meter.organizationId()).orElseThrow(),
                            meters.open(tx, meter.organizationId()),
                            spendLimits.spending(tx, meter.organizationId(), meter.userId(), now),
                            now));
            return question.apply(runway).apply(mine.get());
        });
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

    @FunctionalInterface
    private interface Change {
        void apply(Funds funds, MeterReading reading);
    }
}
