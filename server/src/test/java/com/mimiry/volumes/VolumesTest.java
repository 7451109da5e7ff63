package com.mimiry.volumes;

import static com.mimiry.volumes.SteppedVolumes.NOON;
import static com.mimiry.volumes.SteppedVolumes.assertRefused;
import static com.mimiry.volumes.SteppedVolumes.atOnce;
import static com.mimiry.volumes.SteppedVolumes.codeOf;
import static com.mimiry.volumes.SteppedVolumes.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.platform.Money;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Reconciler.Next;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Volumes from their making to their end, and what is charged for them. */
class VolumesTest {
    private final SteppedVolumes volumes = new SteppedVolumes();

    @Test
    void a_volume_is_made_and_paid_for_to_the_second_until_it_is_proven_gone() {
        Volume volume = volumes.ready("data", 10);
        assertThat(volume.state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(volume.operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(volume.hourlyRate().micros()).isEqualTo(1_000);

        for (int minute = 0; minute < 3 * 60; minute++) {
            volumes.clock.advance(Duration.ofMinutes(1));
            volumes.step(volume);
        }
        assertThat(volumes.billing.charged(volume.id()).micros()).isEqualTo(3_000);

        volumes.clock.advance(Duration.ofSeconds(29));
        volumes.delete(volume);
        Volume gone = volumes.settle(volume);

        assertThat(gone.state()).isEqualTo(VolumeState.DELETED);
        assertThat(volumes.provider.held).isEmpty();
        // Gone since the listing that began just after it was destroyed; the begun second counts.
        long seconds =
                Math.ceilDiv(Duration.between(NOON, gone.asked().absentSince()).toMillis(), 1000);
        assertThat(seconds).isBetween(3 * 3600 + 29L, 3 * 3600 + 31L);
        assertThat(volumes.billing.charged(volume.id()).micros()).isEqualTo(Math.round(seconds * 1_000 / 3600.0));
        assertThat(volumes.billing.balance(volumes.organization).orElseThrow().reserved())
                .isEqualTo(Money.ZERO);
        assertThat(volumes.books.faults()).isEmpty();
    }

    @Test
    void a_volume_made_without_an_answer_is_found_and_not_made_twice() {
        volumes.provider.failure = new ProviderFailure.Unavailable("connection reset", null);
        volumes.provider.failsAfterwards = true;
        Volume volume = volumes.create("data", 5);

        assertThat(volumes.settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(volumes.provider.asked).containsExactly("create");
    }

    @Test
    void a_volume_not_made_without_an_answer_is_made_when_its_absence_is_proven() {
        volumes.provider.failure = new ProviderFailure.Unavailable("connection refused", null);
        volumes.provider.listable = false;
        Volume volume = volumes.create("data", 5);
        for (int i = 0; i < 60; i++) {
            volumes.step(volume);
            volumes.clock.advance(Duration.ofSeconds(1));
        }
        assertThat(volumes.provider.asked).as("silence proves nothing").containsExactly("create");

        volumes.provider.listable = true;
        assertThat(volumes.settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(volumes.provider.asked).containsExactly("create", "create");
    }

    @Test
    void a_volume_that_cannot_be_made_fails_in_the_providers_words_and_costs_nothing() {
        volumes.provider.failure = new ProviderFailure.NoCapacity("no disk is left");
        Volume failed = volumes.settle(volumes.create("data", 5));

        assertThat(failed.state()).isEqualTo(VolumeState.FAILED);
        assertThat(failed.error()).contains("no disk is left");
        assertThat(volumes.billing
                        .balance(volumes.organization)
                        .orElseThrow()
                        .available()
                        .euros())
                .isEqualByComparingTo("100");
        assertThat(volumes.ready("data", 5).state()).as("its name is free").isEqualTo(VolumeState.PROVISIONED);

        assertThat(volumes.delete(failed).first()).isTrue();
        assertThat(volumes.settle(failed).state()).isEqualTo(VolumeState.DELETED);
    }

    @Test
    void a_rate_limit_is_waited_for() {
        volumes.provider.failure = new ProviderFailure.RateLimited("slow down", Duration.ofSeconds(7));
        Volume volume = volumes.create("data", 5);

        assertThat(volumes.step(volume)).isEqualTo(new Next.After(Duration.ofSeconds(7)));
        assertThat(volumes.settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
    }

    @Test
    void one_deleted_before_it_was_made_is_never_paid_for() {
        Volume volume = volumes.create("data", 5);
        volumes.delete(volume);

        assertThat(volumes.settle(volume).state()).isEqualTo(VolumeState.DELETED);
        assertThat(volumes.provider.asked).doesNotContain("create");
        assertThat(volumes.billing.charged(volume.id())).isEqualTo(Money.ZERO);
        assertThat(volumes.billing.balance(volumes.organization).orElseThrow().reserved())
                .isEqualTo(Money.ZERO);
    }

    @Test
    void one_deleted_while_its_making_has_no_answer_leaves_nothing() {
        volumes.provider.failure = new ProviderFailure.Unavailable("time out", null);
        volumes.provider.failsAfterwards = true;
        Volume volume = volumes.create("data", 5);
        volumes.step(volume);
        assertThat(volumes.provider.held).hasSize(1);
        volumes.provider.failsAfterwards = false;
        volumes.delete(volume);

        assertThat(volumes.settle(volume).state()).isEqualTo(VolumeState.DELETED);
        assertThat(volumes.provider.held).isEmpty();
        assertThat(volumes.billing.charged(volume.id())).isEqualTo(Money.ZERO);
    }

    @Test
    void the_end_of_the_money_keeps_the_contents_and_goes_below_zero() {
        volumes.books.adjust(volumes.by(), Money.ofEuros("-99.999"), null);
        Volume volume = volumes.ready("data", 1);
        for (int hour = 0; hour < 24; hour++) {
            volumes.clock.advance(Duration.ofHours(1));
            volumes.step(volume);
        }

        assertThat(volumes.reload(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(volumes.provider.held).hasSize(1);
        assertThat(volumes.billing
                        .balance(volumes.organization)
                        .orElseThrow()
                        .cash()
                        .micros())
                .isEqualTo(1_000 - 24 * 100);
        assertRefused(ErrorCode.INSUFFICIENT_BALANCE, () -> volumes.create("more", 1));
        assertRefused(ErrorCode.INSUFFICIENT_BALANCE, () -> volumes.grow(volume, 2));
        assertThat(volumes.reload(volume).wantedGb()).isEqualTo(1);
        assertThat(volumes.books.faults()).isEmpty();
    }

    @Test
    void the_quota_of_gigabytes_holds_against_fifty_at_once() throws Exception {
        volumes.books.setQuota(volumes.by(), null, "volume_gb", 100L);
        List<Object> outcomes = atOnce(50, i -> volumes.create("v" + i, 10));

        assertThat(outcomes.stream().filter(Volume.class::isInstance)).hasSize(10);
        assertThat(outcomes.stream().filter(ApiException.class::isInstance).map(e -> codeOf((Throwable) e)))
                .hasSize(40)
                .containsOnly(ErrorCode.QUOTA_EXCEEDED);
        Volume one = (Volume)
                outcomes.stream().filter(Volume.class::isInstance).findFirst().orElseThrow();
        volumes.step(one);
        assertRefused(ErrorCode.QUOTA_EXCEEDED, () -> volumes.grow(one, 11));
    }

    @Test
    void a_name_is_given_once_against_twenty_at_once() throws Exception {
        List<Object> outcomes = atOnce(20, _ -> volumes.create("data", 1));

        assertThat(outcomes.stream().filter(Volume.class::isInstance)).hasSize(1);
        assertThat(outcomes.stream().filter(ApiException.class::isInstance).map(e -> codeOf((Throwable) e)))
                .hasSize(19)
                .containsOnly(ErrorCode.CONFLICT);
    }

    @Test
    void the_same_idempotency_key_gives_the_same_volume() {
        Volume first = volumes.service.create(volumes.ada, request("data", 1), "key", "hash");
        Volume second = volumes.service.create(volumes.ada, request("data", 1), "key", "hash");

        assertThat(second.id()).isEqualTo(first.id());
        assertRefused(
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                () -> volumes.service.create(volumes.ada, request("data", 2), "key", "other"));
    }
}
