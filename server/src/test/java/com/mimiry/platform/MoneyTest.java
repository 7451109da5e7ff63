package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class MoneyTest {
    @Test
    void prices_and_counts_are_short_numbers() {
        assertThat(Money.isShort(new BigDecimal("0.000001"))).isTrue();
        assertThat(Money.isShort(new BigDecimal("-1000000000.123456"))).isTrue();
        assertThat(Money.isShort(new BigDecimal("1e9"))).isTrue();
    }

    @Test
    void a_number_that_is_long_when_written_out_is_not_short() {
        assertThat(Money.isShort(new BigDecimal("1e-700000000"))).isFalse();
        assertThat(Money.isShort(new BigDecimal("1e1000000000"))).isFalse();
        assertThat(Money.isShort(new BigDecimal("0e-2147483647"))).isFalse();
        assertThat(Money.isShort(new BigDecimal("1234567890123456789012345678901")))
                .isFalse();
    }
}
