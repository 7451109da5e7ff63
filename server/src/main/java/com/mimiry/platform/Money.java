package com.mimiry.platform;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * An amount in millionths of a euro. Exact: no binary floating point anywhere near money.
 *
 * @param micros the amount in micro-euro; may be negative
 */
public record Money(long micros) implements Comparable<Money> {
    public static final Money ZERO = new Money(0);

    /** The only currency of a deployment. */
    public static final String CURRENCY = "EUR";

    /**
     * @param euros any decimal number of euros
     * @throws ArithmeticException when it has more than six decimals or does not fit
     */
    public static Money ofEuros(BigDecimal euros) {
        return new Money(euros.movePointRight(6).longValueExact());
    }

    /** As {@link #ofEuros(BigDecimal)}, from text such as {@code 2.10}. */
    public static Money ofEuros(String euros) {
        return ofEuros(new BigDecimal(euros));
    }

    /**
     * Whether arithmetic with a number that a client sent is cheap. {@code 1e-700000000} is a few bytes on the wire, but
     * giving it another scale writes out hundreds of millions of digits; ask this before any arithmetic.
     */
    public static boolean isShort(BigDecimal number) {
        return Math.abs((long) number.scale()) <= 12 && number.precision() <= 30;
    }

    public Money plus(Money other) {
        return new Money(Math.addExact(micros, other.micros));
    }

    public Money minus(Money other) {
        return new Money(Math.subtractExact(micros, other.micros));
    }

    public Money times(long factor) {
        return new Money(Math.multiplyExact(micros, factor));
    }

    public Money negated() {
        return new Money(Math.negateExact(micros));
    }

    public boolean isNegative() {
        return micros < 0;
    }

    /** The amount in euros without trailing zeros, as the API shows it. */
    public BigDecimal euros() {
        BigDecimal euros = BigDecimal.valueOf(micros, 6).stripTrailingZeros();
        return euros.scale() < 0 ? euros.setScale(0, RoundingMode.UNNECESSARY) : euros;
    }

    @Override
    public int compareTo(Money other) {
        return Long.compare(micros, other.micros);
    }

    @Override
    public String toString() {
        return euros().toPlainString() + " " + CURRENCY;
    }
}
