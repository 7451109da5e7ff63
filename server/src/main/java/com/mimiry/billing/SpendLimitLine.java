package com.mimiry.billing;

import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A spend limit as people see it; amounts in euro.
 *
 * @param scope organization or user
 * @param userId whose; null = the organization's as a whole
 * @param setBy operator or organization; where both set one, the lower one holds
 * @param period day or month, in UTC
 * @param spent in the present period, as booked
 * @param resetsAt when the next period begins
 */
public record SpendLimitLine(
        String scope,
        @Nullable UUID userId,
        String setBy,
        String period,
        BigDecimal limit,
        BigDecimal spent,
        String currency,
        Instant resetsAt) {
    static SpendLimitLine of(Runway.Spending spending, Instant now) {
        SpendLimit limit = spending.limit();
        return new SpendLimitLine(
                limit.scope(),
                limit.userId(),
                limit.setBy().text(),
                limit.period().text(),
                limit.limit().euros(),
                spending.spent().euros(),
                Money.CURRENCY,
                limit.period().end(now));
    }
}
