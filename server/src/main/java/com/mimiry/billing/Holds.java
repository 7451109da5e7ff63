package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much is set aside for a resource, before and while it runs. */
final class Holds {
    private final BillingRules rules;

    Holds(BillingRules rules) {
        this.rules = rules;
    }

    /**
     * What should be held once {@code charged} has been charged: an hour of use, and no more than {@code maxCost} still
     * allows. However low that is, what can be used before anybody looks is held: or any number of things could be begun
     * with money for none of them.
     */
    Money target(Money hourlyRate, @Nullable Money maxCost, Money charged) {
        Money hour = hour(hourlyRate);
        if (maxCost == null) {
            return hour;
        }
        Money minimum = minimum(hourlyRate);
        Money left = (maxCost.compareTo(minimum) < 0 ? minimum : maxCost).minus(charged);
        return left.isNegative() ? Money.ZERO : left.compareTo(hour) < 0 ? left : hour;
    }

    private Money hour(Money hourlyRate) {
        return use(
                hourlyRate,
                Math.max(rules.hold().toSeconds(), rules.postingInterval().toSeconds()));
    }

    /** The first posting interval, and the time that stopping takes. */
    private Money minimum(Money hourlyRate) {
        Money needed =
                use(hourlyRate, rules.postingInterval().plus(rules.stopMargin()).toSeconds());
        Money hour = hour(hourlyRate);
        return needed.compareTo(hour) < 0 ? needed : hour;
    }

    private static Money use(Money hourlyRate, long seconds) {
        return new Money(Math.ceilDiv(Math.multiplyExact(hourlyRate.micros(), seconds), 3600));
    }

    /**
     * What is held after a charge: it is paid from cash first and from the hold when that is used up; where cash is left,
     * the hold is filled up to its target.
     */
    Money afterCharge(Money cash, Money held, Money charge, Money target) {
        long fromCash = Math.clamp(charge.micros(), Math.min(0, charge.micros()), Math.max(0, cash.micros()));
        long fromHold = Math.clamp(charge.micros() - fromCash, 0, held.micros());
        long cashLeft = Math.max(0, cash.micros() - fromCash);
        long heldLeft = held.micros() - fromHold;
        return new Money(Math.min(target.micros(), heldLeft + cashLeft));
    }

    /** @throws ApiException 402 where cash does not cover what has to be held */
    void requireCash(Funds funds, Money needed, Money hourlyRate) {
        if (needed.micros() == 0 || needed.compareTo(funds.cash()) <= 0) {
            return;
        }
        Money spare = funds.cash().isNegative() ? Money.ZERO : funds.cash();
        long affordable = hourlyRate.micros() == 0
                ? 0
                : BigDecimal.valueOf(spare.micros())
                        .multiply(BigDecimal.valueOf(3600))
                        .divideToIntegralValue(BigDecimal.valueOf(hourlyRate.micros()))
                        .longValueExact();
        boolean aPart = spare.micros() > 0 && spare.compareTo(minimum(hourlyRate)) >= 0;
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("balance", funds.balance().euros());
        details.put("reserved", funds.reserved().euros());
        details.put("available", funds.cash().euros());
        details.put("needed", needed.euros());
        details.put("hourly_rate", hourlyRate.euros());
        details.put("affordable_seconds", affordable);
        details.put("affordable_max_cost", (aPart ? spare : Money.ZERO).euros());
        details.put("currency", Money.CURRENCY);
        String hint = aPart
                ? "Add credit, choose a cheaper GPU, or set max_cost to at most "
                        + spare.euros().toPlainString() + " (" + affordable + " seconds)"
                : "Add credit, or choose a cheaper GPU";
        throw new ApiException(
                ErrorCode.INSUFFICIENT_BALANCE,
                "This needs " + needed + " to be reserved, and " + funds.cash() + " of the balance of "
                        + funds.balance() + " is available. " + hint + ".",
                details);
    }
}
