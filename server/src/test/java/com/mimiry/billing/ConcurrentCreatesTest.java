package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Money;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ConcurrentCreatesTest {
    private final Till till = new Till();

    @Test
    void a_hundred_creates_at_once_never_overdraw() throws Exception {
        till.credit("15.5");
        Outcome outcome = createAtOnce(100, () -> till.session("0.5"));
        assertThat(outcome.made()).isEqualTo(31);
        assertThat(outcome.refused())
                .containsOnly(ErrorCode.INSUFFICIENT_BALANCE)
                .hasSize(69);
        assertThat(till.balance().available()).isEqualTo(Money.ZERO);
        assertThat(till.faults()).isEmpty();
    }

    @Test
    void a_hundred_creates_at_once_never_exceed_a_quota() throws Exception {
        till.credit("1000");
        till.admin.setQuota(new BillingAdmin.By("operator", till.organization, "small"), till.user, "gpus.H100", 17L);
        Outcome outcome = createAtOnce(100, () -> till.session("0.5"));
        assertThat(outcome.made()).isEqualTo(17);
        assertThat(outcome.refused()).containsOnly(ErrorCode.QUOTA_EXCEEDED);
    }

    @Test
    void a_hundred_creates_at_once_never_exceed_a_spend_limit() throws Exception {
        till.credit("1000");
        till.admin.setSpendLimit(
                new BillingAdmin.By("operator", till.organization, "small"), null, "day", Money.ofEuros("7"));
        Outcome outcome = createAtOnce(100, () -> till.session("0.5"));
        assertThat(outcome.made()).isEqualTo(14);
        assertThat(outcome.refused()).containsOnly(ErrorCode.SPEND_LIMIT_REACHED);
    }

    @Test
    void the_same_resource_is_reserved_once_however_many_ask_at_once() throws Exception {
        till.credit("100");
        Meter meter = till.session("2");
        assertThat(createAtOnce(20, () -> meter).made()).isEqualTo(20);
        assertThat(till.balance().reserved()).isEqualTo(Money.ofEuros("2"));
    }

    @Test
    void the_same_use_is_booked_once_however_many_replicas_meter_and_settle_it() throws Exception {
        till.credit("100");
        Meter meter = till.running("3.6");
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            long second = 60 + i * 7L;
            calls.add(() -> {
                if (second % 2 == 0) {
                    till.meter(meter, Till.MORNING, Till.MORNING.plusSeconds(second));
                } else {
                    till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(400));
                }
                return true;
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(12)) {
            for (Future<Boolean> call : threads.invokeAll(calls)) {
                call.get();
            }
        }
        assertThat(till.charged(meter)).isEqualTo(Money.ofEuros("0.4"));
        assertThat(till.faults()).isEmpty();
    }

    private Outcome createAtOnce(int times, Supplier<Meter> meters) throws Exception {
        List<Callable<Boolean>> creates = new ArrayList<>();
        List<ErrorCode> refused = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < times; i++) {
            Meter meter = meters.get();
            creates.add(() -> {
                try {
                    till.reserved(meter);
                    return true;
                } catch (ApiException e) {
                    refused.add(e.code());
                    return false;
                }
            });
        }
        int made = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(times)) {
            for (Future<Boolean> create : threads.invokeAll(creates)) {
                made += create.get() ? 1 : 0;
            }
        }
        return new Outcome(made, refused);
    }

    private record Outcome(int made, List<ErrorCode> refused) {}
}
