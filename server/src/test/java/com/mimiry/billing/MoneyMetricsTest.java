package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.billing.Billing.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MoneyMetricsTest {
    private final Till till = new Till();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MoneyMetrics metrics = new MoneyMetrics(till.database, till.clock, till.rules, registry);

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    @Test
    void the_sum_over_all_accounts_is_zero_whatever_happens_and_the_figures_are_those_of_the_ledger() {
        till.credit("10");
        Instant start = till.clock.instant();
        till.reserved("1");
        Meter running = till.running("2");
        Meter ended = till.running("4");
        till.settle(ended, start, start.plus(Duration.ofHours(1)));
        assertThat(metrics).isNotNull();
        assertThat(gauge("mimiry.ledger.sum.euros")).isZero();
        assertThat(gauge("mimiry.billing.balance.euros")).isEqualTo(6);
        assertThat(gauge("mimiry.billing.reserved.euros")).isEqualTo(3);
        assertThat(gauge("mimiry.billing.meters.reserved")).isEqualTo(1);
        assertThat(gauge("mimiry.billing.meters.running")).isEqualTo(1);
        assertThat(gauge("mimiry.billing.meters.behind")).isZero();
        assertThat(gauge("mimiry.billing.organizations.overdrawn")).isZero();

        till.settle(running, start, start.plus(Duration.ofHours(8)));
        till.clock.advance(Duration.ofSeconds(15));
        assertThat(gauge("mimiry.billing.organizations.overdrawn")).isEqualTo(1);
        assertThat(gauge("mimiry.billing.meters.running")).isZero();
        assertThat(gauge("mimiry.ledger.sum.euros")).isZero();
    }

    @Test
    void a_meter_that_nobody_books_is_seen_to_be_behind() {
        till.credit("10");
        till.running("2");
        till.clock.advance(Duration.ofMinutes(10).minusSeconds(1));
        assertThat(gauge("mimiry.billing.meters.behind")).isZero();
        till.clock.advance(Duration.ofSeconds(15));
        assertThat(gauge("mimiry.billing.meters.behind")).isEqualTo(1);
    }
}
