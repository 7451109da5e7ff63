package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.billing.BillingAdmin.By;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Spend limits and quota. */
class LimitsTest {
    private final Till till = new Till();
    private final By operator = new By("operator", till.organization, "agreed");

    @Test
    void a_spend_limit_of_a_day_counts_what_is_spent_and_reserved_and_begins_again_at_midnight_utc() {
        till.credit("100");
        till.admin.setSpendLimit(operator, null, "day", Money.ofEuros("5"));
        till.clock.set(Instant.parse("2026-03-10T20:00:00Z"));
        Instant start = till.clock.instant();
        Meter first = till.running("2");
        till.settle(first, start, start.plus(Duration.ofHours(1)));
        till.reserved("2");
        till.clock.set(Instant.parse("2026-03-10T23:59:59.999999Z"));
        ApiException refusal = refusal(till.session("2"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.SPEND_LIMIT_REACHED);
        assertThat(refusal.details())
                .containsEntry("scope", "organization")
                .containsEntry("period", "day")
                .containsEntry("limit", new BigDecimal("5"))
                .containsEntry("spent", new BigDecimal("2"))
                .containsEntry("reserved", new BigDecimal("2"))
                .containsEntry("needed", new BigDecimal("2"))
                .containsEntry("resets_at", "2026-03-11T00:00:00.000000Z");
        till.clock.set(Instant.parse("2026-03-11T00:00:00Z"));
        till.reserved("2");
    }

    @Test
    void a_spend_limit_of_a_month_begins_again_with_the_month() {
        till.credit("100");
        till.admin.setSpendLimit(operator, null, "month", Money.ofEuros("3"));
        Instant start = Instant.parse("2026-02-01T00:00:00Z");
        till.clock.set(start);
        Meter first = till.running("2");
        till.settle(first, start, start.plus(Duration.ofHours(1)));
        till.clock.set(Instant.parse("2026-02-28T23:59:59Z"));
        assertThat(refusal(till.session("2")).details()).containsEntry("period", "month");
        till.clock.set(Instant.parse("2026-03-01T00:00:00Z"));
        till.reserved("2");
    }

    @Test
    void a_users_spend_limit_leaves_others_alone() {
        till.credit("100");
        till.admin.setSpendLimit(operator, till.user, "day", Money.ofEuros("1"));
        assertThat(refusal(till.session("2")).details()).containsEntry("scope", "user");
        till.reserved(ofUser(UUID.randomUUID(), "T4", 1));
    }

    @Test
    void a_reached_spend_limit_ends_what_runs_and_midnight_opens_it_again() {
        till.credit("100");
        Instant start = Instant.parse("2026-03-10T21:00:00Z");
        till.clock.set(start);
        Meter meter = till.running("2");
        till.admin.setSpendLimit(operator, null, "day", Money.ofEuros("5"));
        Instant sixthHour = start.plus(Duration.ofMinutes(150));
        assertThat(till.billing
                        .outlook(meter.resourceId(), sixthHour.minusSeconds(1))
                        .stop())
                .isEmpty();
        assertThat(till.billing.outlook(meter.resourceId(), sixthHour).stop()).contains(StopCause.SPEND_LIMIT);
        assertThat(till.billing.paidUntil(meter.resourceId(), start).map(Billing.PaidEnd::at))
                .contains(sixthHour);
        // unbooked use of before midnight is not today's
        assertThat(till.billing
                        .outlook(meter.resourceId(), Instant.parse("2026-03-11T00:00:00Z"))
                        .stop())
                .isEmpty();
    }

    @Test
    void a_full_quota_names_itself_with_limit_and_use() {
        till.credit("100");
        till.admin.setQuota(operator, till.user, "sessions", 2L);
        till.reserved("1");
        Meter second = till.reserved("1");
        ApiException refusal = refusal(till.session("1"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(refusal.details())
                .containsEntry("quota", "sessions")
                .containsEntry("scope", "user")
                .containsEntry("limit", 2L)
                .containsEntry("used", 2L)
                .containsEntry("requested", 1L);
        till.in(tx -> till.billing.release(tx, second.resourceId()));
        till.reserved("1");
    }

    @Test
    void gpus_are_limited_by_family_whatever_its_case() {
        till.credit("100");
        till.admin.setQuota(operator, null, "gpus.h100", 8L);
        till.reserved(ofUser(till.user, "H100", 6));
        assertThat(refusal(ofUser(till.user, "H100", 3)).details())
                .containsEntry("quota", "gpus.H100")
                .containsEntry("scope", "organization")
                .containsEntry("used", 6L)
                .containsEntry("requested", 3L);
        till.reserved(ofUser(till.user, "H100", 2));
        till.reserved(ofUser(till.user, "T4", 3));
    }

    @Test
    void another_placement_keeps_to_the_quota_of_its_gpus_and_gives_back_that_of_the_first() {
        till.credit("100");
        till.admin.setQuota(operator, null, "gpus.T4", 2L);
        till.admin.setQuota(operator, null, "gpus.H100", 1L);
        Meter first = till.reserved("2");
        Meter second = till.reserved(ofUser(till.user, "A100", 1));
        till.reprice(first, "T4", "2");
        // H100's quota is free again, T4's is used up
        Meter third = till.reserved("2");
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> till.reprice(second, "T4", "2"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(refusal.details())
                .containsEntry("quota", "gpus.T4")
                .containsEntry("used", 2L)
                .containsEntry("requested", 2L);
        till.reprice(first, "T4", "2.1");
        till.in(tx -> till.billing.release(tx, third.resourceId()));
    }

    @Test
    void a_dearer_placement_keeps_to_the_spend_limit_and_counts_its_own_hold_once() {
        till.credit("100");
        till.admin.setSpendLimit(operator, null, "day", Money.ofEuros("5"));
        Meter first = till.reserved("2");
        till.reserved("2");
        till.reprice(first, "T4", "3");
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> till.reprice(first, "T4", "3.01"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.SPEND_LIMIT_REACHED);
        assertThat(refusal.details())
                .containsEntry("reserved", new BigDecimal("2"))
                .containsEntry("needed", new BigDecimal("3.01"));
        till.admin.setSpendLimit(operator, null, "day", Money.ofEuros("1"));
        till.reprice(first, "T4", "2.5");
    }

    @Test
    void a_growing_volume_keeps_to_the_spend_limit_and_counts_its_own_hold_once() {
        till.credit("100");
        till.admin.setSpendLimit(operator, till.user, "month", Money.ofEuros("1"));
        Meter volume = till.reserved(volume(10));
        till.extend(volume, "1", 1000, Till.MORNING);
        ApiException refusal =
                catchThrowableOfType(ApiException.class, () -> till.extend(volume, "1.01", 1010, Till.MORNING));
        assertThat(refusal.code()).isEqualTo(ErrorCode.SPEND_LIMIT_REACHED);
        assertThat(refusal.details()).containsEntry("scope", "user").containsEntry("reserved", BigDecimal.ZERO);
    }

    @Test
    void volumes_and_their_size_are_limited_when_made_and_when_grown() {
        till.credit("100");
        till.admin.setQuota(operator, null, "volume_gb", 100L);
        Meter volume = volume(60);
        till.reserved(volume);
        assertThat(refusal(volume(41)).details()).containsEntry("quota", "volume_gb");
        ApiException grown = catchThrowableOfType(
                ApiException.class,
                () -> till.in(tx -> till.billing.extend(
                        tx, volume.resourceId(), Money.ofEuros("0.02"), Money.ZERO, 101, till.clock.instant())));
        assertThat(grown.details()).containsEntry("used", 60L).containsEntry("requested", 41L);
        till.in(tx -> till.billing.extend(
                tx, volume.resourceId(), Money.ofEuros("0.02"), Money.ZERO, 100, till.clock.instant()));
    }

    @Test
    void the_default_quota_lets_one_user_run_a_hundred_sessions() {
        till.credit("100");
        for (int i = 0; i < 120; i++) {
            till.reserved("0.01");
        }
        assertThat(till.number("select count(*) from meter where state = 'reserved'"))
                .isEqualTo(120);
    }

    @Test
    void a_removed_override_is_the_default_again_and_every_change_is_in_the_audit_log() {
        till.credit("100");
        till.admin.setQuota(operator, null, "sessions", 0L);
        refusal(till.session("1"));
        till.admin.setQuota(operator, null, "sessions", null);
        till.reserved("1");
        List<AuditRow> log = till.admin.audit(till.organization, 10, 0);
        assertThat(log).extracting(AuditRow::action).containsExactly("quota sessions", "quota sessions", "credit 100");
        assertThat(log).extracting(AuditRow::before).containsExactly("0", null, "balance 0");
        assertThat(log).extracting(AuditRow::after).containsExactly(null, "0", "balance 100");
        assertThat(log).extracting(AuditRow::actor).containsExactly("operator", "operator", "test");
    }

    @Test
    void no_more_is_refunded_than_was_charged_and_a_reference_books_once() {
        till.credit("100");
        Meter meter = till.running("3.6");
        till.settle(meter, Till.MORNING, Till.MORNING.plusSeconds(1000));
        till.admin.refund(operator, Money.ofEuros("0.6"), meter.resourceId(), "a");
        till.admin.refund(operator, Money.ofEuros("0.6"), meter.resourceId(), "a");
        assertThat(till.balance().cash()).isEqualTo(Money.ofEuros("99.6"));
        assertThat(catchThrowableOfType(
                                ApiException.class,
                                () -> till.admin.refund(operator, Money.ofEuros("0.5"), meter.resourceId(), "b"))
                        .details())
                .containsEntry("field", "amount");
        assertThat(catchThrowableOfType(
                                ApiException.class,
                                () -> till.admin.refund(operator, Money.ofEuros("0.1"), meter.resourceId(), "a"))
                        .code())
                .isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
        assertThat(till.faults()).isEmpty();
    }

    private ApiException refusal(Meter meter) {
        return catchThrowableOfType(ApiException.class, () -> till.reserved(meter));
    }

    private Meter ofUser(UUID user, String family, int gpus) {
        return new Meter(
                UUID.randomUUID(),
                "session",
                till.organization,
                user,
                Money.ofEuros("2"),
                Money.ZERO,
                "docker",
                family,
                gpus,
                null,
                "Session");
    }

    private Meter volume(int gb) {
        return new Meter(
                UUID.randomUUID(),
                "volume",
                till.organization,
                till.user,
                Money.ofEuros("0.01"),
                Money.ZERO,
                "docker",
                "",
                0,
                null,
                "Volume",
                gb);
    }
}
