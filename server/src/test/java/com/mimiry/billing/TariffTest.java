package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TariffTest {
    @Test
    void a_cost_is_rate_times_seconds_rounded_once() {
        SplittableRandom random = new SplittableRandom(4711);
        for (int i = 0; i < 10_000; i++) {
            long rate = random.nextLong(100_000_000);
            long seconds = random.nextLong(10_000_000);
            BigDecimal exact = BigDecimal.valueOf(rate)
                    .multiply(BigDecimal.valueOf(seconds))
                    .divide(BigDecimal.valueOf(3600), 0, RoundingMode.HALF_UP);
            assertThat(Tariff.flat(new Money(rate)).upTo(seconds)).isEqualTo(new Money(exact.longValueExact()));
        }
    }

    @Test
    void half_a_micro_euro_is_rounded_up() {
        assertThat(Tariff.flat(new Money(1)).upTo(1800)).isEqualTo(new Money(1));
        assertThat(Tariff.flat(new Money(1)).upTo(1799)).isEqualTo(Money.ZERO);
    }

    @Test
    void a_changed_rate_leaves_what_was_used_before() {
        Tariff tariff = Tariff.flat(new Money(1)).changed(1799, new Money(3601));
        assertThat(tariff.upTo(1799)).isEqualTo(Money.ZERO);
        assertThat(tariff.upTo(1800)).isEqualTo(new Money((1799 + 3601 + 1800) / 3600));
        assertThatThrownBy(() -> tariff.upTo(1798)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_amount_lasts_for_the_seconds_that_cost_no_more() {
        Tariff tariff = Tariff.flat(Money.ofEuros("3.6"));
        assertThat(tariff.secondsFor(Money.ofEuros("0.01"))).isEqualTo(10);
        assertThat(tariff.secondsFor(new Money(999))).isZero();
        assertThat(Tariff.flat(Money.ZERO).secondsFor(Money.ZERO)).isEqualTo(Long.MAX_VALUE);
    }
}
