package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Money;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MoneyInUseTest {
    private final Till till = new Till();

    private List<String> uses() {
        return till.database.inTransaction(tx -> new MoneyInUse().uses(tx, till.organization));
    }

    @Test
    void money_and_open_bills_keep_an_organization_from_being_deleted() {
        assertThat(uses()).isEmpty();
        till.credit("10");
        assertThat(uses()).containsExactly("a balance of 10 EUR, which the operator of this server can pay out");
        Meter meter = till.running("1");
        assertThat(uses()).hasSize(2).contains("1 open bill");
        till.settle(meter, Till.MORNING, Till.MORNING.plus(Duration.ofHours(1)));
        BillingAdmin.By by = new BillingAdmin.By("operator", till.organization, "paid out");
        till.admin.adjust(by, Money.ofEuros("-9.5"), null);
        assertThat(uses()).containsExactly("a debt of 0.5 EUR, to be paid first");
        till.credit("0.5");
        assertThat(uses()).isEmpty();
    }
}
