package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.mimiry.billing.Billing.Meter;
import com.mimiry.billing.BillingRules.QuotaRules;
import com.mimiry.billing.ReportStore.BillingEvent;
import com.mimiry.platform.Money;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told when a balance falls. */
class BalanceEventsTest {
    private static final QuotaRules QUOTA = new QuotaRules(10, 10, 10, 10);

    private final Till till = new Till(new BillingRules(
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            List.of(Money.ofEuros("8"), Money.ofEuros("3")),
            QUOTA,
            QUOTA));
    private final BillingReports reports = new BillingReports(till.database, till.clock, till.rules);

    private List<BillingEvent> events() {
        return reports.events(till.organization, 0, 100);
    }

    private void use(String hourlyRate, int hours) {
        Instant start = till.clock.instant();
        Meter meter = till.running(hourlyRate);
        Instant end = start.plus(Duration.ofHours(hours));
        till.clock.set(end);
        till.settle(meter, start, end);
    }

    @Test
    void each_configured_mark_is_told_once_as_it_is_passed_with_the_balance_of_that_moment() {
        till.credit("10");
        assertThat(events()).isEmpty();
        use("2", 1);
        use("1", 1);
        use("4", 1);
        assertThat(events())
                .extracting(BillingEvent::type, BillingEvent::mark, BillingEvent::balance)
                .containsExactly(
                        tuple("low_balance", Money.ofEuros("8"), Money.ofEuros("8")),
                        tuple("low_balance", Money.ofEuros("3"), Money.ofEuros("3")));
    }

    @Test
    void one_large_step_passes_several_marks_and_the_end_of_the_money() {
        till.credit("10");
        use("5", 3);
        assertThat(events())
                .extracting(BillingEvent::type, BillingEvent::mark, BillingEvent::balance)
                .containsExactly(
                        tuple("low_balance", Money.ofEuros("8"), Money.ofEuros("-5")),
                        tuple("low_balance", Money.ofEuros("3"), Money.ofEuros("-5")),
                        tuple("balance_depleted", Money.ZERO, Money.ofEuros("-5")));
    }

    @Test
    void a_mark_is_told_again_after_money_came_in_between() {
        till.credit("10");
        use("3", 1);
        till.credit("5");
        use("4", 1);
        assertThat(events()).extracting(BillingEvent::mark).containsExactly(Money.ofEuros("8"), Money.ofEuros("8"));
    }

    @Test
    void what_is_stopped_for_the_end_of_the_money_tells_it_once_though_something_is_left() {
        till.credit("2.1");
        Meter one = till.running("1");
        Meter other = till.running("1");
        Instant late = Till.MORNING.plus(Duration.ofMinutes(62));
        till.clock.set(late);
        for (int looks = 0; looks < 2; looks++) {
            assertThat(till.billing.outlook(one.resourceId(), late).stop()).contains(StopCause.BALANCE_DEPLETED);
            assertThat(till.billing.outlook(other.resourceId(), late).stop()).contains(StopCause.BALANCE_DEPLETED);
        }
        till.settle(one, Till.MORNING, late);
        till.settle(other, Till.MORNING, late);
        assertThat(till.balance().cash().micros()).isPositive();
        assertThat(depletions()).isEqualTo(1);
        till.credit("3");
        use("3", 2);
        assertThat(depletions()).as("another fall").isEqualTo(2);
    }

    private long depletions() {
        return events().stream()
                .filter(event -> event.type().equals("balance_depleted"))
                .count();
    }

    @Test
    void a_hold_is_not_a_fall() {
        till.credit("10");
        till.reserved("9");
        assertThat(events()).isEmpty();
    }

    @Test
    void who_goes_on_from_the_last_number_sees_each_event_once_and_in_order() {
        till.credit("10");
        use("5", 3);
        till.credit("20");
        use("10", 1);
        List<BillingEvent> seen = new ArrayList<>();
        long after = 0;
        for (List<BillingEvent> page = reports.events(till.organization, after, 2);
                !page.isEmpty();
                page = reports.events(till.organization, after, 2)) {
            seen.addAll(page);
            after = page.getLast().seq();
        }
        assertThat(seen).hasSize(4).isEqualTo(events());
    }
}
