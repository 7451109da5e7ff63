package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.billing.BillingAdmin.By;
import com.mimiry.billing.SpendLimit.Period;
import com.mimiry.platform.Money;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The limits that an organization sets itself, beside those of the operator. */
class OwnSpendLimitsTest {
    private final Till till = new Till();
    private final By operator = new By("operator", till.organization, "agreed");
    private final By owner = new By("owner@example.org", till.organization, "set by the organization");
    private final OwnSpendLimits own = new OwnSpendLimits(till.database, till.clock, UUID::randomUUID, till.rules);

    private ApiException refusal(Meter meter) {
        return catchThrowableOfType(ApiException.class, () -> till.reserved(meter));
    }

    @Test
    void the_lower_of_both_limits_holds_and_names_who_set_it() {
        till.credit("100");
        till.admin.setSpendLimit(operator, null, "day", Money.ofEuros("3"));
        own.set(owner, null, Period.DAY, Money.ofEuros("1"));
        assertThat(refusal(till.session("2")).code()).isEqualTo(ErrorCode.SPEND_LIMIT_REACHED);
        assertThat(refusal(till.session("2")).details()).containsEntry("set_by", "organization");
        own.set(owner, null, Period.DAY, null);
        till.reserved("2");
        assertThat(refusal(till.session("2")).details()).containsEntry("set_by", "operator");
    }

    @Test
    void one_above_the_operators_is_refused_and_one_lowered_later_by_the_operator_holds_all_the_same() {
        till.credit("100");
        till.admin.setSpendLimit(operator, null, "month", Money.ofEuros("3"));
        ApiException refused = catchThrowableOfType(
                ApiException.class, () -> own.set(owner, null, Period.MONTH, Money.ofEuros("3.000001")));
        assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        own.set(owner, null, Period.MONTH, Money.ofEuros("3"));
        till.admin.setSpendLimit(operator, null, "month", Money.ofEuros("1"));
        assertThat(refusal(till.session("2")).details()).containsEntry("set_by", "operator");
    }

    @Test
    void the_operators_limit_is_not_lifted_by_the_organization() {
        till.credit("100");
        till.admin.setSpendLimit(operator, null, "day", Money.ofEuros("1"));
        own.set(owner, null, Period.DAY, null);
        assertThat(refusal(till.session("2")).details()).containsEntry("set_by", "operator");
    }

    @Test
    void a_users_own_limit_leaves_others_alone_and_ends_what_that_user_runs() {
        till.credit("100");
        own.set(owner, till.user, Period.DAY, Money.ofEuros("5"));
        Instant start = till.clock.instant();
        Meter meter = till.running("2");
        Instant end = start.plus(Duration.ofMinutes(150));
        assertThat(till.billing.outlook(meter.resourceId(), end.minusSeconds(1)).stop())
                .isEmpty();
        assertThat(till.billing.outlook(meter.resourceId(), end).stop()).contains(StopCause.SPEND_LIMIT);
        own.set(owner, UUID.randomUUID(), Period.DAY, Money.ZERO);
        assertThat(till.billing.outlook(meter.resourceId(), end.minusSeconds(1)).stop())
                .isEmpty();
    }

    @Test
    void every_change_is_in_the_audit_log_with_what_stood_there() {
        own.set(owner, null, Period.DAY, Money.ofEuros("5"));
        own.set(owner, null, Period.DAY, Money.ofEuros("4"));
        AuditRow row = till.admin.audit(till.organization, 1, 0).getFirst();
        assertThat(row.actor()).isEqualTo("owner@example.org");
        assertThat(row.action()).isEqualTo("own spend limit per day");
        assertThat(row.before()).isEqualTo("5 EUR");
        assertThat(row.after()).isEqualTo("4 EUR");
        assertThat(till.admin.spendLimits(till.organization))
                .singleElement()
                .satisfies(line -> assertThat(line.setBy()).isEqualTo("organization"));
    }
}
