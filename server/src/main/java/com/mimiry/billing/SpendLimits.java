package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Money;
import com.mimiry.platform.Timestamps;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How much may be spent in a day or month, of an organization and of each user in it. */
final class SpendLimits {
    private final LimitStore limits = new LimitStore();
    private final MeterStore meters = new MeterStore();

    /**
     * The limits on an organization and its users, with what was spent in their present periods.
     *
     * @param userId of one user only; null = of all
     */
    List<Runway.Spending> spending(Transaction tx, UUID organizationId, @Nullable UUID userId, Instant now) {
        return limits.spendLimits(tx, organizationId, userId).stream()
                .map(limit -> new Runway.Spending(
                        limit,
                        meters.spent(
                                tx,
                                organizationId,
                                limit.userId(),
                                limit.period().first(now),
                                limit.period().last(now))))
                .toList();
    }

    /**
     * What is held for others counts as spent, so that many creates at once do not exceed a limit together.
     *
     * @throws ApiException 402 where a limit does not leave room for {@code needed}
     */
    void check(Transaction tx, Meter meter, Money needed, Supplier<List<MeterReading>> openMeters, Instant now) {
        List<Runway.Spending> spending = spending(tx, meter.organizationId(), meter.userId(), now);
        if (spending.isEmpty()) {
            return;
        }
        List<MeterReading> open = openMeters.get();
        for (Runway.Spending each : spending) {
            SpendLimit limit = each.limit();
            Money reserved =
                    open.stream().filter(limit::covers).map(MeterReading::held).reduce(Money.ZERO, Money::plus);
            Money total = each.spent().plus(reserved).plus(needed);
            if (total.compareTo(limit.limit()) > 0) {
                throw refusal(each, reserved, needed, now);
            }
        }
    }

    private static ApiException refusal(Runway.Spending each, Money reserved, Money needed, Instant now) {
        SpendLimit limit = each.limit();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("scope", limit.scope());
        details.put("period", limit.period().text());
        details.put("set_by", limit.setBy().text());
        details.put("limit", limit.limit().euros());
        details.put("spent", each.spent().euros());
        details.put("reserved", reserved.euros());
        details.put("needed", needed.euros());
        details.put("currency", Money.CURRENCY);
        details.put("resets_at", Timestamps.format(limit.period().end(now)));
        return new ApiException(
                ErrorCode.SPEND_LIMIT_REACHED,
                "The " + limit.scope() + "'s spend limit is " + limit.limit() + " a "
                        + limit.period().text() + "; "
                        + each.spent() + " are spent, " + reserved + " reserved, and this needs " + needed
                        + ". Wait until " + limit.period().end(now) + " or have the limit raised.",
                details);
    }
}
