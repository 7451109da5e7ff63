package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Balance;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrepaidBillingTest {
    private final Till till = new Till();

    @AfterEach
    void the_books_are_in_order() {
        assertThat(till.faults()).isEmpty();
    }

    @Test
    void a_create_reserves_an_hour() {
        till.credit("10");
        till.reserved("2.5");
        assertThat(till.balance())
                .isEqualTo(new Balance(Money.ofEuros("10"), Money.ofEuros("2.5"), Money.ofEuros("7.5")));
    }

    @Test
    void a_create_reserves_no_more_than_max_cost() {
        till.credit("10");
        till.reserved(till.session("2.5", "0.4"));
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("0.4"));
    }

    @Test
    void reserving_again_changes_nothing() {
        till.credit("10");
        Meter meter = till.reserved("2.5");
        till.reserved(meter);
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("2.5"));
    }

    @Test
    void an_organization_that_never_paid_has_no_balance() {
        ApiException refusal = refusal(till.session("1"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.NO_BALANCE);
        assertThat(till.billing.balance(till.organization)).isEmpty();
    }

    @Test
    void too_little_money_is_refused_with_the_numbers_and_what_could_be_afforded() {
        till.credit("5");
        till.reserved("3");
        ApiException refusal = refusal(till.session("4"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.INSUFFICIENT_BALANCE);
        assertThat(refusal.details())
                .containsEntry("balance", new BigDecimal("5"))
                .containsEntry("available", new BigDecimal("2"))
                .containsEntry("needed", new BigDecimal("4"))
                .containsEntry("affordable_seconds", 1800L)
                .containsEntry("affordable_max_cost", new BigDecimal("2"));
        assertThat(refusal).hasMessageContaining("set max_cost to at most 2 (1800 seconds)");
    }

    @Test
    void what_is_free_needs_no_billing_account() {
        Meter meter = till.running("0");
        till.clock.advance(Duration.ofHours(3));
        till.settle(meter, Till.MORNING, till.clock.instant());
        assertThat(till.billing.balance(till.organization)).isEmpty();
        assertThat(till.billing
                        .outlook(meter.resourceId(), till.clock.instant())
                        .stop())
                .isEmpty();
    }

    @Test
    void charges_are_rounded_once_however_often_they_are_booked() {
        till.credit("10");
        Meter meter = till.running("0.000777");
        for (int minute = 1; minute <= 50; minute++) {
            till.clock.advance(Duration.ofSeconds(61));
            till.meter(meter, Till.MORNING, till.clock.instant());
        }
        till.clock.advance(Duration.ofMillis(9_400));
        till.settle(meter, Till.MORNING, till.clock.instant());
        // 3,060 seconds: 660.45 micro-euro
        assertThat(till.charged(meter)).isEqualTo(new Money(660));
        assertThat(till.balance().reserved()).isEqualTo(Money.ZERO);
    }

    @Test
    void use_is_booked_by_the_interval_and_to_the_second_at_the_end() {
        till.credit("10");
        Meter meter = till.running("3.6");
        till.meter(meter, Till.MORNING, Till.MORNING.plusSeconds(59));
        assertThat(till.charged(meter)).isEqualTo(Money.ZERO);
        assertThat(till.billing.accrued(meter.resourceId(), Till.MORNING.plusSeconds(59)))
                .isEqualTo(Money.ofEuros("0.059"));
        till.meter(meter, Till.MORNING, Till.MORNING.plusSeconds(60));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("0.06"));
        till.settle(meter, Till.MORNING, Till.MORNING.plusMillis(60_001));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("0.061"));
    }

    @Test
    void settling_again_or_metering_afterwards_changes_nothing() {
        till.credit("10");
        Meter meter = till.running("3.6");
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(100));
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(5_000));
        till.meter(meter, Till.MORNING, Till.MORNING.plusSeconds(5_000));
        till.in(tx -> till.billing.release(tx, meter.resourceId()));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("0.1"));
    }

    @Test
    void what_was_metered_beyond_the_proven_end_is_given_back() {
        till.credit("10");
        Instant evening = Instant.parse("2026-03-10T23:50:00Z");
        till.clock.set(evening);
        Meter meter = till.running("3.6");
        till.clock.advance(Duration.ofMinutes(20));
        till.meter(meter, evening, till.clock.instant());
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("1.2"));
        till.settle(meter, evening, evening.plusSeconds(300));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("0.3"));
        assertThat(till.balance().cash()).isEqualTo(Money.ofEuros("9.7"));
        assertThat(till.number("select count(*) from usage_day where seconds <> 300 and seconds <> 0"))
                .isZero();
    }

    @Test
    void use_across_midnight_is_booked_on_both_days() {
        till.credit("10");
        Instant evening = Instant.parse("2026-03-31T23:59:00.5Z");
        till.clock.set(evening);
        Meter meter = till.running("3.6");
        till.clock.advance(Duration.ofMinutes(3));
        till.settle(meter, evening, till.clock.instant());
        assertThat(till.number("select seconds from usage_day where day = '2026-03-31'"))
                .isEqualTo(60);
        assertThat(till.number("select seconds from usage_day where day = '2026-04-01'"))
                .isEqualTo(120);
    }

    @Test
    void a_hold_is_used_when_cash_is_and_use_is_booked_below_zero() {
        till.credit("3");
        Meter meter = till.running("2");
        till.clock.advance(Duration.ofHours(1));
        till.meter(meter, Till.MORNING, till.clock.instant());
        assertThat(till.balance()).isEqualTo(new Balance(Money.ofEuros("1"), Money.ofEuros("1"), Money.ZERO));
        till.clock.advance(Duration.ofHours(1));
        till.settle(meter, Till.MORNING, till.clock.instant());
        assertThat(till.balance()).isEqualTo(new Balance(Money.ofEuros("-1"), Money.ZERO, Money.ofEuros("-1")));
    }

    @Test
    void a_used_hold_is_filled_up_when_money_comes() {
        till.credit("2");
        Meter meter = till.running("2");
        till.clock.advance(Duration.ofMinutes(30));
        till.meter(meter, Till.MORNING, till.clock.instant());
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("1"));
        till.credit("10");
        till.clock.advance(Duration.ofMinutes(3));
        till.meter(meter, Till.MORNING, till.clock.instant());
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("2"));
    }

    @Test
    void a_hold_of_what_never_ran_is_freed() {
        till.credit("10");
        Meter meter = till.reserved("2");
        till.in(tx -> till.billing.release(tx, meter.resourceId()));
        assertThat(till.balance().available()).isEqualTo(Money.ofEuros("10"));
        assertThat(till.charged(meter)).isEqualTo(Money.ZERO);
    }

    @Test
    void what_has_run_cannot_be_released() {
        till.credit("10");
        Meter meter = till.running("2");
        till.meter(meter, Till.MORNING, Till.MORNING.plusSeconds(60));
        assertThatThrownBy(() -> till.in(tx -> till.billing.release(tx, meter.resourceId())))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void another_placement_changes_rate_and_hold() {
        till.credit("10");
        Meter meter = till.reserved("2");
        till.reprice(meter, "T4", "3");
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("3"));
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(1200));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("1"));
    }

    @Test
    void another_placement_moves_the_meter_to_its_provider_and_gpus() {
        till.credit("10");
        Meter meter = till.reserved("2");
        till.reprice(meter, "T4", "3");
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(1200));
        assertThat(till.number("""
                select count(*) from meter join usage_day using (resource_id)
                where provider = 'elsewhere' and meter.gpu_family = 'T4' and meter.gpu_count = 2
                    and usage_day.gpu_family = 'T4' and usage_day.gpu_count = 2
                """)).isEqualTo(1);
        assertThat(till.faults()).isEmpty();
    }

    @Test
    void a_suspended_organization_gets_no_other_placement() {
        till.credit("10");
        Meter meter = till.reserved("2");
        till.in(tx -> new AccountSuspension().changed(tx, till.organization, true));
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> till.reprice(meter, "H100", "2"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void however_low_max_cost_is_the_first_interval_and_the_stop_are_reserved() {
        till.credit("10");
        till.reserved(till.session("3.6", "0.000001"));
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("0.12"));
    }

    @Test
    void next_to_no_money_begins_nothing_and_the_refusal_says_so() {
        till.credit("0.0001");
        ApiException refusal = refusal(till.session("3.6", "0.000001"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.INSUFFICIENT_BALANCE);
        assertThat(refusal.details())
                .containsEntry("needed", new BigDecimal("0.12"))
                .containsEntry("affordable_max_cost", BigDecimal.ZERO);
        assertThat(refusal).hasMessageEndingWith("Add credit, or choose a cheaper GPU.");
    }

    @Test
    void a_volume_goes_back_to_its_former_size_whatever_has_become_of_money_and_limits() {
        till.credit("10");
        Meter meter = till.running("3.6");
        till.extend(meter, "7.2", 200, Till.MORNING);
        BillingAdmin.By by = new BillingAdmin.By("operator", till.organization, "test");
        till.admin.adjust(by, Money.ofEuros("-20"), null);
        till.admin.setQuota(by, null, "volume_gb", 1L);
        till.admin.setSpendLimit(by, null, "day", Money.ofEuros("0.01"));
        till.in(tx -> new AccountSuspension().changed(tx, till.organization, true));
        till.extend(meter, "3.6", 100, Till.MORNING);
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("3.6"));
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(1000));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("1"));
        assertThat(till.faults()).isEmpty();
    }

    @Test
    void a_dearer_placement_than_the_money_allows_is_refused() {
        till.credit("2.5");
        Meter meter = till.reserved("2");
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> till.reprice(meter, "T4", "3"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.INSUFFICIENT_BALANCE);
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("2"));
    }

    @Test
    void a_grown_volume_costs_more_from_then_on() {
        till.credit("10");
        Meter meter = till.running("3.6");
        Instant grown = Till.MORNING.plusSeconds(100);
        till.in(tx -> till.billing.extend(tx, meter.resourceId(), Money.ofEuros("7.2"), Money.ZERO, 0, grown));
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(200));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("0.3"));
    }

    @Test
    void what_its_provider_has_grown_costs_more_also_where_the_money_does_not_cover_it() {
        till.credit("4");
        Meter meter = till.running("3.6");
        Instant grown = Till.MORNING.plusSeconds(100);
        till.in(tx -> till.billing.rerate(tx, meter.resourceId(), Money.ofEuros("7.2"), Money.ZERO, 0, grown));
        assertThat(till.balance().available().micros()).isNotNegative();
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("3.9"));
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(200));
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("0.3"));
        assertThat(till.balance().reserved()).isEqualTo(Money.ZERO);
    }

    @Test
    void the_providers_cost_is_booked_beside_the_price() {
        till.credit("10");
        Meter meter = till.running("3.6");
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(1800));
        assertThat(till.number("select balance_micros from account where kind = 'usage_revenue'"))
                .isEqualTo(1_800_000);
        assertThat(till.number("select balance_micros from account where kind = 'provider_cost'"))
                .isEqualTo(-50_000);
        assertThat(till.number("select balance_micros from account where kind = 'provider_payable'"))
                .isEqualTo(50_000);
    }

    @Test
    void falling_to_a_mark_is_announced_once() {
        till.credit("21");
        Meter meter = till.running("2");
        for (int hour = 1; hour <= 11; hour++) {
            till.clock.advance(Duration.ofHours(1));
            till.meter(meter, Till.MORNING, till.clock.instant());
        }
        assertThat(till.database.<java.util.List<String>>read(tx -> tx.handle()
                        .createQuery("select type || ' ' || mark_micros from billing_event order by seq")
                        .mapTo(String.class)
                        .list()))
                .containsExactly(
                        "low_balance 20000000", "low_balance 5000000", "low_balance 1000000", "balance_depleted 0");
    }

    private ApiException refusal(Meter meter) {
        return catchThrowableOfType(ApiException.class, () -> till.reserved(meter));
    }
}
