package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Money moved by hand: paid in, given back, corrected. Each with a reason, in the audit log. */
final class Adjustments {
    /** A billion euro; keeps sums far from the end of 64 bits. */
    private static final Money AMOUNT_MAX = Money.ofEuros("1000000000");

    private final Ledger ledger;
    private final LedgerStore accounts;
    private final MeterStore meters = new MeterStore();
    private final AuditLog auditLog;

    Adjustments(Ledger ledger, LedgerStore accounts, AuditLog auditLog) {
        this.ledger = ledger;
        this.accounts = accounts;
        this.auditLog = auditLog;
    }

    /** Prepaid money comes in; with the first, the organization has a billing account. */
    Done credit(Transaction tx, Order order, Instant now) {
        requirePositive(order.amount());
        return book(tx, order, Entry.Kind.CREDIT, AccountKind.EXTERNAL_FUNDING, null, now);
    }

    /** Gives back what was charged for a resource, or at large. */
    Done refund(Transaction tx, Order order, @Nullable UUID resourceId, Instant now) {
        requirePositive(order.amount());
        return book(tx, order, Entry.Kind.REFUND, AccountKind.USAGE_REVENUE, resourceId, now);
    }

    /** Corrects a balance either way. */
    Done adjust(Transaction tx, Order order, Instant now) {
        if (order.amount().micros() == 0) {
            throw ApiException.invalidField("amount", "amount must not be 0.");
        }
        return book(tx, order, Entry.Kind.ADJUSTMENT, AccountKind.ADJUSTMENTS, null, now);
    }

    private Done book(
            Transaction tx, Order order, Entry.Kind kind, AccountKind source, @Nullable UUID resourceId, Instant now) {
        if (order.amount().compareTo(AMOUNT_MAX) > 0 || order.amount().negated().compareTo(AMOUNT_MAX) > 0) {
            throw ApiException.invalidField("amount", "amount must not exceed a billion.");
        }
        Funds before = ledger.ensure(tx, order.organizationId());
        // Under the lock: what was charged may still be corrected.
        Resource resource = resourceId == null ? null : resource(tx, order.organizationId(), resourceId);
        String reference = order.reference();
        Entry entry = new Entry(
                kind,
                resource == null ? order.organizationId() : resource.id(),
                resource == null ? null : resource.kind(),
                reference == null ? "#" + ledger.newId() : "ref " + reference,
                null,
                null,
                Map.of(source, order.amount().negated(), AccountKind.CASH, order.amount()),
                order.reason());
        Optional<LedgerStore.BookedBefore> same = accounts.bookedBefore(tx, entry);
        if (same.isPresent()) {
            return repeated(same.get(), order, before);
        }
        if (resource != null) {
            requireCharged(resource, accounts.refunded(tx, resource.id()).plus(order.amount()));
        }
        Ledger.Booked booked = ledger.post(tx, before, entry);
        accounts.open(tx, order.organizationId(), now);
        auditLog.write(
                tx,
                order.organizationId(),
                now,
                order.actor(),
                kind.name().toLowerCase(Locale.ROOT) + " "
                        + order.amount().euros().toPlainString(),
                order.reason(),
                "balance " + before.balance().euros().toPlainString(),
                "balance " + booked.funds().balance().euros().toPlainString());
        return new Done(booked.id().orElseThrow(), booked.funds());
    }

    private Resource resource(Transaction tx, UUID organizationId, UUID resourceId) {
        return meters.find(tx, resourceId)
                .filter(found -> found.meter().organizationId().equals(organizationId))
                .map(found -> new Resource(resourceId, found.meter().kind(), found.charged()))
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND, "This organization has no session or volume " + resourceId + "."));
    }

    private static Done repeated(LedgerStore.BookedBefore same, Order order, Funds funds) {
        if (!same.amount().equals(order.amount())) {
            throw new ApiException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "This reference was booked before, with " + same.amount() + "; use another for another payment.");
        }
        return new Done(same.id(), funds);
    }

    private static void requireCharged(Resource resource, Money refunds) {
        if (refunds.compareTo(resource.charged()) > 0) {
            throw ApiException.invalidField(
                    "amount",
                    "With this, " + refunds + " would be given back of the " + resource.charged() + " charged for it.");
        }
    }

    private static void requirePositive(Money amount) {
        if (amount.micros() <= 0) {
            throw ApiException.invalidField("amount", "amount must be more than 0.");
        }
    }

    /**
     * @param actor who orders it; null = the server itself
     * @param reference the same reference books only once; null = book again
     */
    record Order(
            UUID organizationId,
            Money amount,
            String reason,
            @Nullable String actor,
            @Nullable String reference) {}

    private record Resource(UUID id, String kind, Money charged) {}

    /** @param id of the ledger transaction */
    record Done(UUID id, Funds funds) {}
}
