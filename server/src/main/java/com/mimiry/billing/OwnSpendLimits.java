package com.mimiry.billing;

import com.mimiry.billing.BillingAdmin.By;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Limits that an organization sets for itself and its users. */
@Singleton
final class OwnSpendLimits {
    private final Database database;
    private final Clock clock;
    private final SpendLimitChanges changes;

    OwnSpendLimits(Database database, Clock clock, Ids ids, BillingRules rules) {
        this.database = database;
        this.clock = clock;
        this.changes = new SpendLimitChanges(new Ledger(clock, ids, rules.lowBalanceMarks()), new AuditLog(ids));
    }

    /**
     * Sets a limit or removes it.
     *
     * @param userId null = for the organization as a whole
     * @param limit null = none of its own
     * @throws com.mimiry.api.ApiException 422 where it is negative or above the operator's
     */
    void set(By by, @Nullable UUID userId, SpendLimit.Period period, @Nullable Money limit) {
        database.useTransaction(
                tx -> changes.set(tx, by, SpendLimit.SetBy.ORGANIZATION, userId, period, limit, clock.instant()));
    }
}
