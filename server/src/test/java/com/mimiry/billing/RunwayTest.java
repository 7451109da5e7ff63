package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Money;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When money ends what runs. */
class RunwayTest {
    private final Till till = new Till();

    @Test
    void a_session_is_paid_until_cash_and_hold_are_used() {
        till.credit("4");
        Meter meter = till.running("2");
        assertThat(till.billing.paidUntil(meter.resourceId(), Till.MORNING).map(Billing.PaidEnd::at))
                .contains(Till.MORNING.plus(Duration.ofHours(2)));
    }

    @Test
    void the_answer_does_not_depend_on_when_it_is_asked_or_booked() {
        till.credit("4");
        Meter meter = till.running("2");
        Instant end = Till.MORNING.plus(Duration.ofHours(2));
        assertThat(till.billing
                        .paidUntil(meter.resourceId(), Till.MORNING.plusSeconds(1801))
                        .map(Billing.PaidEnd::at))
                .contains(end);
        till.meter(meter, Till.MORNING, Till.MORNING.plusSeconds(5_400));
        assertThat(till.billing
                        .paidUntil(meter.resourceId(), Till.MORNING.plusSeconds(5_402))
                        .map(Billing.PaidEnd::at))
                .contains(end);
    }

    @Test
    void a_look_at_the_money_says_when_use_waits_to_be_booked() {
        till.credit("12");
        Meter meter = till.running("2");
        Instant due = Till.MORNING.plus(till.billing.postingInterval());
        assertThat(till.billing.outlook(meter.resourceId(), due.minusSeconds(1)).due())
                .isFalse();
        assertThat(till.billing.outlook(meter.resourceId(), due).due()).isTrue();
        till.meter(meter, Till.MORNING, due);
        assertThat(till.billing.outlook(meter.resourceId(), due).due()).isFalse();
        till.settle(meter, Till.MORNING, due);
        assertThat(till.billing.outlook(meter.resourceId(), due.plus(Duration.ofHours(1))))
                .isEqualTo(Billing.Outlook.CLOSED);
    }

    @Test
    void cash_is_shared_by_all_that_runs() {
        till.credit("12");
        Meter one = till.running("2");
        Meter two = till.running("4");
        // 6 are held for an hour each, 6 of cash last an hour for both
        Instant end = Till.MORNING.plus(Duration.ofHours(2));
        assertThat(till.billing.paidUntil(one.resourceId(), Till.MORNING).map(Billing.PaidEnd::at))
                .contains(end);
        assertThat(till.billing.paidUntil(two.resourceId(), Till.MORNING).map(Billing.PaidEnd::at))
                .contains(end);
        assertThat(till.billing.depletion(till.organization, Till.MORNING)).contains(end);
    }

    @Test
    void a_session_must_stop_before_the_balance_is_gone() {
        till.credit("2");
        Meter meter = till.running("2");
        Instant end = Till.MORNING.plus(Duration.ofHours(1));
        assertThat(till.billing
                        .outlook(meter.resourceId(), end.minusSeconds(61))
                        .stop())
                .isEmpty();
        assertThat(till.billing
                        .outlook(meter.resourceId(), end.minusSeconds(60))
                        .stop())
                .contains(StopCause.BALANCE_DEPLETED);
        till.credit("1");
        assertThat(till.billing
                        .outlook(meter.resourceId(), end.minusSeconds(60))
                        .stop())
                .isEmpty();
    }

    @Test
    void max_cost_ends_a_session_when_it_is_reached_and_no_sooner() {
        till.credit("100");
        Meter meter = till.running(till.session("3.6", "0.05"));
        assertThat(till.billing.paidUntil(meter.resourceId(), Till.MORNING))
                .contains(new Billing.PaidEnd(Till.MORNING.plusSeconds(50), StopCause.COST_LIMIT));
        assertThat(till.billing
                        .outlook(meter.resourceId(), Till.MORNING.plusSeconds(49))
                        .stop())
                .isEmpty();
        assertThat(till.billing
                        .outlook(meter.resourceId(), Till.MORNING.plusSeconds(50))
                        .stop())
                .contains(StopCause.COST_LIMIT);
    }

    @Test
    void max_cost_alone_ends_a_session_whose_hold_covers_it() {
        till.credit("0.2");
        Meter meter = till.running(till.session("3.6", "0.2"));
        assertThat(till.billing
                        .outlook(meter.resourceId(), Till.MORNING.plusSeconds(145))
                        .stop())
                .isEmpty();
    }

    @Test
    void a_suspended_organization_must_stop_and_starts_nothing() {
        till.credit("10");
        Meter meter = till.running("2");
        till.in(tx -> new AccountSuspension().changed(tx, till.organization, true));
        assertThat(till.billing.outlook(meter.resourceId(), Till.MORNING).stop())
                .contains(StopCause.SUSPENDED);
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> till.reserved(till.session("1")));
        assertThat(refusal.code()).isEqualTo(ErrorCode.FORBIDDEN);
        till.in(tx -> new AccountSuspension().changed(tx, till.organization, false));
        assertThat(till.billing.outlook(meter.resourceId(), Till.MORNING).stop())
                .isEmpty();
    }

    @Test
    void a_session_that_is_about_to_start_burns_nothing_yet() {
        till.credit("10");
        till.reserved("2");
        assertThat(till.billing.depletion(till.organization, Till.MORNING)).isEmpty();
    }

    @Test
    void nothing_ends_what_is_settled() {
        till.credit("2");
        Meter meter = till.running("2");
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(10_000));
        assertThat(till.balance().cash()).isLessThan(Money.ZERO);
        assertThat(till.billing
                        .outlook(meter.resourceId(), Till.MORNING.plusSeconds(10_000))
                        .stop())
                .isEmpty();
    }
}
