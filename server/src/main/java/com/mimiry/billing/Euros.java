package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.platform.Money;
import java.math.BigDecimal;

/** Amounts of money in request bodies. */
final class Euros {
    private Euros() {}

    /** @throws ApiException 422 naming the field where the amount is finer than a micro-euro or does not fit */
    static Money read(String field, BigDecimal amount) {
        try {
            return Money.ofEuros(amount);
        } catch (ArithmeticException e) {
            throw ApiException.invalidField(field, field + " must be an amount in euro with at most six decimals.");
        }
    }
}
