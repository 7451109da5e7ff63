package com.mimiry.billing;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where money moves. Every call is idempotent for a resource, so that a step may be run again after any crash. */
public interface Billing {
    /**
     * Reserves the first hour (or what {@code maxCost} allows, but never less than what can be used before the resource is
     * first looked at) of a resource against the organization's balance, checks
     * its quota and spend limits, and fixes its rates. Call it in the transaction that creates the resource.
     *
     * @throws com.mimiry.api.ApiException 402 {@code insufficient_balance} / {@code no_balance} / {@code spend_limit_reached},
     *     429 {@code quota_exceeded}, 403 where the organization is suspended, each with the numbers
     */
    void reserve(Transaction tx, Meter meter, Instant now);

    /**
     * The final terms, when the placement differs from what was reserved; before the first second is metered. The hold
     * is changed with them. What the resource has reserved itself counts for it.
     *
     * @throws com.mimiry.api.ApiException as {@link #reserve}
     */
    void reprice(Transaction tx, UUID resourceId, Terms terms, Instant now);

    /**
     * New rates for what runs already, such as a volume that has grown: use before {@code now} stays at the old rates.
     * What becomes smaller, or cheaper at the same size, is never refused.
     *
     * @throws com.mimiry.api.ApiException as {@link #reserve}
     */
    void extend(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, int volumeGb, Instant now);

    /**
     * Books the use from {@code from} to {@code upTo} that is not booked yet, once at least a posting interval has come
     * together; call it as often as is convenient. The first {@code from} that a resource was metered with counts.
     */
    void meter(Transaction tx, UUID resourceId, Instant from, Instant upTo);

    /**
     * Books the rest up to the proven end, to the second (a begun one counts), rounded once, and frees the hold. Where
     * more was metered than the proven end allows, the surplus is given back. Books below zero where it has to.
     */
    void settle(Transaction tx, UUID resourceId, Instant from, Instant end);

    /**
     * New rates for what exists already and nobody can refuse any more, such as a volume that its provider has grown: as
     * {@link #extend}, without a check, with as large a hold as the cash allows.
     */
    void rerate(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, int volumeGb, Instant now);

    /** Frees the hold of a resource that never ran. */
    void release(Transaction tx, UUID resourceId);

    /** What has been charged so far: as the ledger has it, up to a posting interval behind the use. */
    Money charged(UUID resourceId);

    /** What has been charged so far and what the use since then will be, for showing while it runs. */
    Money accrued(UUID resourceId, Instant now);

    /** As {@link #accrued(UUID, Instant)}, of many at once; what was never metered is absent. */
    Map<UUID, Money> accrued(Collection<UUID> resourceIds, Instant now);

    /** What resources cost at any moment until their state next changes; what was never metered is absent. */
    Map<UUID, Accrual> accruals(Collection<UUID> resourceIds);

    /** What a resource has cost by a moment. */
    @FunctionalInterface
    interface Accrual {
        /** Of a resource that was never metered. */
        Accrual NONE = _ -> Money.ZERO;

        /** What has been charged and what the use since then makes. */
        Money at(Instant now);

        /** What is held for it. */
        default Money held() {
            return Money.ZERO;
        }
    }

    /**
     * What one look at the money says about a resource that is metered.
     *
     * @param stop why it has to be stopped, some time before the money is gone; empty = it may go on
     * @param paidUntil as {@link #paidUntil}
     * @param due whether {@link #meter} has something to book
     */
    record Outlook(Optional<StopCause> stop, Optional<PaidEnd> paidUntil, boolean due) {
        static final Outlook CLOSED = new Outlook(Optional.empty(), Optional.empty(), false);
    }

    /** Looks at the money; the first time that the end of it is a reason to stop, it makes the {@code balance_depleted} event. */
    Outlook outlook(UUID resourceId, Instant now);

    /**
     * The latest instant that is paid for if nobody starts, stops or pays anything from now on; arm it on the machine.
     * Empty where money never ends it.
     */
    Optional<PaidEnd> paidUntil(UUID resourceId, Instant now);

    /** @param cause what will be used up then */
    record PaidEnd(Instant at, StopCause cause) {}

    /** When the organization's money ends at the present burn rate; empty where it burns nothing. */
    Optional<Instant> depletion(UUID organizationId, Instant now);

    /** Adds prepaid money. @return the transaction's id */
    UUID credit(Transaction tx, UUID organizationId, Money amount, String reason, @Nullable String actor, Instant now);

    /** The organization's cash after holds; empty where it has no billing account. */
    Optional<Balance> balance(UUID organizationId);

    /** How long use may stay unbooked while something runs. */
    Duration postingInterval();

    /**
     * Where a resource is to run, and what it costs there.
     *
     * @param gpuFamily for quota; "" for none
     */
    record Terms(
            String provider, String gpuFamily, int gpuCount, Money hourlyRate, Money hourlyCost, String description) {}

    /**
     * A thing that costs money while it exists.
     *
     * @param kind session or volume
     * @param gpuFamily for quota; "" for none
     * @param maxCost the owner's own limit, null = none
     * @param volumeGb for quota; 0 for a session
     */
    record Meter(
            UUID resourceId,
            String kind,
            UUID organizationId,
            UUID userId,
            Money hourlyRate,
            Money hourlyCost,
            String provider,
            String gpuFamily,
            int gpuCount,
            @Nullable Money maxCost,
            String description,
            int volumeGb) {
        /** A thing that is no volume. */
        public Meter(
                UUID resourceId,
                String kind,
                UUID organizationId,
                UUID userId,
                Money hourlyRate,
                Money hourlyCost,
                String provider,
                String gpuFamily,
                int gpuCount,
                @Nullable Money maxCost,
                String description) {
            this(
                    resourceId,
                    kind,
                    organizationId,
                    userId,
                    hourlyRate,
                    hourlyCost,
                    provider,
                    gpuFamily,
                    gpuCount,
                    maxCost,
                    description,
                    0);
        }
    }

    /** @param cash paid in less charged; may be negative */
    record Balance(Money cash, Money reserved, Money available) {}
}
