package com.mimiry.simulation;

import com.mimiry.billing.Billing;
import com.mimiry.billing.StopCause;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Billing whose meter does not run from the confirmed start to the proven end: what rule 8 forbids. */
final class BrokenBilling implements Billing {
    private static final Duration TOO_EARLY = Duration.ofSeconds(7);

    private final Billing real;
    private final Clock clock;
    private final Breach breach;

    BrokenBilling(Billing real, Clock clock, Breach breach) {
        this.real = real;
        this.clock = clock;
        this.breach = breach;
    }

    private Instant start(Instant from) {
        return breach == Breach.METER_TOO_EARLY ? from.minus(TOO_EARLY) : from;
    }

    @Override
    public void reserve(Transaction tx, Meter meter, Instant now) {
        real.reserve(tx, meter, now);
    }

    @Override
    public void reprice(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, String description) {
        real.reprice(tx, resourceId, hourlyRate, hourlyCost, description);
    }

    @Override
    public void extend(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, int volumeGb, Instant now) {
        real.extend(tx, resourceId, hourlyRate, hourlyCost, volumeGb, now);
    }

    @Override
    public void meter(Transaction tx, UUID resourceId, Instant from, Instant upTo) {
        real.meter(tx, resourceId, start(from), upTo);
    }

    @Override
    public void settle(Transaction tx, UUID resourceId, Instant from, Instant end) {
        real.settle(tx, resourceId, start(from), breach == Breach.SETTLED_WHEN_NOTICED ? clock.instant() : end);
    }

    @Override
    public void release(Transaction tx, UUID resourceId) {
        real.release(tx, resourceId);
    }

    @Override
    public Money charged(UUID resourceId) {
        return real.charged(resourceId);
    }

    @Override
    public Money accrued(UUID resourceId, Instant now) {
        return real.accrued(resourceId, now);
    }

    @Override
    public Map<UUID, Money> accrued(Collection<UUID> resourceIds, Instant now) {
        return real.accrued(resourceIds, now);
    }

    @Override
    public Optional<StopCause> mustStop(UUID resourceId, Instant now) {
        return real.mustStop(resourceId, now);
    }

    @Override
    public Optional<Instant> paidUntil(UUID resourceId, Instant now) {
        return real.paidUntil(resourceId, now);
    }

    @Override
    public Optional<Instant> depletion(UUID organizationId, Instant now) {
        return real.depletion(organizationId, now);
    }

    @Override
    public UUID credit(
            Transaction tx, UUID organizationId, Money amount, String reason, @Nullable String actor, Instant now) {
        return real.credit(tx, organizationId, amount, reason, actor, now);
    }

    @Override
    public Optional<Balance> balance(UUID organizationId) {
        return real.balance(organizationId);
    }

    @Override
    public Duration postingInterval() {
        return real.postingInterval();
    }
}
