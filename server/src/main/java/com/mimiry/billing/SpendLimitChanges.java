package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.billing.BillingAdmin.By;
import com.mimiry.billing.SpendLimit.Period;
import com.mimiry.billing.SpendLimit.SetBy;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sets spend limits, under the lock of the organization's money, and notes it in the audit log. */
final class SpendLimitChanges {
    private final Ledger ledger;
    private final AuditLog auditLog;
    private final LimitStore limits = new LimitStore();

    SpendLimitChanges(Ledger ledger, AuditLog auditLog) {
        this.ledger = ledger;
        this.auditLog = auditLog;
    }

    /**
     * Sets a limit or removes it.
     *
     * @param userId null = for the organization as a whole
     * @param limit null = none
     * @throws ApiException 422 where it is negative, or an organization's own is above the operator's
     */
    void set(
            Transaction tx,
            By by,
            SetBy setBy,
            @Nullable UUID userId,
            Period period,
            @Nullable Money limit,
            Instant now) {
        if (limit != null && limit.isNegative()) {
            throw ApiException.invalidField("limit", "limit must not be negative; null removes it.");
        }
        ledger.ensure(tx, by.organizationId());
        List<SpendLimit> all = limits.spendLimits(tx, by.organizationId(), userId);
        if (limit != null && setBy == SetBy.ORGANIZATION) {
            requireBelowOperators(limit, find(all, userId, period, SetBy.OPERATOR));
        }
        if (limit == null) {
            limits.removeSpendLimit(tx, by.organizationId(), userId, period, setBy);
        } else {
            limits.setSpendLimit(tx, by.organizationId(), new SpendLimit(userId, period, limit, setBy));
        }
        auditLog.write(
                tx,
                by.organizationId(),
                now,
                by.actor(),
                (setBy == SetBy.ORGANIZATION ? "own " : "") + "spend limit per " + period.text()
                        + (userId == null ? "" : " of user " + userId),
                by.reason(),
                find(all, userId, period, setBy)
                        .map(before -> before.limit().toString())
                        .orElse(null),
                limit == null ? null : limit.toString());
    }

    private static Optional<SpendLimit> find(List<SpendLimit> all, @Nullable UUID userId, Period period, SetBy setBy) {
        return all.stream()
                .filter(limit -> limit.isAbout(userId, period, setBy))
                .findFirst();
    }

    private static void requireBelowOperators(Money limit, Optional<SpendLimit> operators) {
        if (operators.isPresent() && limit.compareTo(operators.get().limit()) > 0) {
            throw ApiException.invalidField(
                    "limit",
                    "limit must be at most " + operators.get().limit()
                            + ", the limit that the operator of this server has set.");
        }
    }
}
