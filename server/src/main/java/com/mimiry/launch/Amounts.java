package com.mimiry.launch;

import com.mimiry.platform.Money;
import com.mimiry.platform.StartFailure;
import java.math.BigDecimal;

/** Amounts of money as people type them. */
final class Amounts {
    private Amounts() {}

    static Money euros(BigDecimal typed) {
        Money amount = signed(typed);
        if (amount.isNegative()) {
            throw new StartFailure("The amount must not be negative.");
        }
        return amount;
    }

    /** One that may be negative. */
    static Money signed(BigDecimal typed) {
        try {
            return Money.ofEuros(typed);
        } catch (ArithmeticException e) {
            throw new StartFailure("The amount must be in euros with at most six decimals.", e);
        }
    }
}
