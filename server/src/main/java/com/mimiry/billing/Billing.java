package com.mimiry.billing;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where money moves. Every call is idempotent for a resource, so that a step may be run again after any crash. */
public interface Billing {
    /**
     * Reserves the first hour (or what {@code maxCost} allows) of a resource against the organization's balance, checks
     * its quota and spend limits, and fixes its rates. Call it in the transaction that creates the resource.
     *
     * @throws com.mimiry.api.ApiException 402 {@code insufficient_balance} / {@code no_balance} / {@code spend_limit_reached},
     *     429 {@code quota_exceeded}, each with the numbers
     */
    void reserve(Transaction tx, Meter meter, Instant now);

    /** The final rates, when the placement differs from what was reserved; before the first second is metered. */
    void reprice(Transaction tx, UUID resourceId, Money hourlyRate, Money hourlyCost, String description);

    /** Books the use from {@code from} to {@code upTo} that is not booked yet. */
    void meter(Transaction tx, UUID resourceId, Instant from, Instant upTo);

    /** Books the rest up to the proven end, to the second, rounded once, and frees the hold. */
    void settle(Transaction tx, UUID resourceId, Instant from, Instant end);

    /** Frees the hold of a resource that never ran. */
    void release(Transaction tx, UUID resourceId);

    /** What has been charged so far. */
    Money charged(UUID resourceId);

    /** When the organization's money ends at the present burn rate; empty where it burns nothing. */
    Optional<Instant> depletion(UUID organizationId, Instant now);

    /** Adds prepaid money. @return the transaction's id */
    UUID credit(Transaction tx, UUID organizationId, Money amount, String reason, @Nullable String actor, Instant now);

    /** The organization's cash after holds; empty where it has no billing account. */
    Optional<Balance> balance(UUID organizationId);

    /**
     * A thing that costs money while it exists.
     *
     * @param kind session or volume
     * @param gpuFamily for quota; "" for none
     * @param maxCost the owner's own limit, null = none
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
            String description) {}

    /** @param cash paid in less charged; may be negative */
    record Balance(Money cash, Money reserved, Money available) {}
}
