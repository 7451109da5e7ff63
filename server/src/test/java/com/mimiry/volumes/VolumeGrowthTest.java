package com.mimiry.volumes;

import static com.mimiry.volumes.SteppedVolumes.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.api.ErrorCode;
import com.mimiry.billing.AccountSuspension;
import com.mimiry.platform.Money;
import com.mimiry.providers.ProviderFailure;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Volumes that are made larger: when that counts, and what becomes of it when it fails. */
class VolumeGrowthTest {
    private final SteppedVolumes volumes = new SteppedVolumes();

    @Test
    void growing_changes_the_rate_from_then_on_and_not_before() {
        Volume volume = volumes.ready("data", 10);
        volumes.clock.advance(Duration.ofHours(2));
        volumes.step(volume);

        Volume growing = volumes.grow(volume, 30);
        assertThat(growing.operation()).isEqualTo(VolumeOperation.RESIZING);
        assertThat(growing.state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(growing.sizeGb()).isEqualTo(10);
        assertThat(growing.hourlyRate().micros()).isEqualTo(1_000);
        assertThat(growing.times().updatedAt()).isEqualTo(volume.times().updatedAt());
        volumes.step(volume);
        Volume grown = volumes.reload(volume);
        assertThat(grown.sizeGb()).isEqualTo(30);
        assertThat(grown.operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(grown.times().updatedAt()).isEqualTo(volume.times().updatedAt());
        assertThat(grown.hourlyRate().micros()).isEqualTo(3_000);

        volumes.clock.advance(Duration.ofHours(1));
        volumes.step(volume);
        assertThat(volumes.billing.charged(volume.id()).micros()).isEqualTo(2 * 1_000 + 3_000);
        assertThat(volumes.books.faults()).isEmpty();
    }

    @Test
    void growing_does_not_change_the_rate_before_then_where_a_server_died_before_its_meter_had_begun() {
        Volume volume = volumes.ready("data", 10);
        volumes.database.useTransaction(tx -> tx.handle()
                .createUpdate("update meter set state = 'reserved', started_at = null where resource_id = :volume")
                .bind("volume", volume.id())
                .execute());
        volumes.clock.advance(Duration.ofHours(2));

        volumes.grow(volume, 30);
        volumes.step(volume);

        volumes.clock.advance(Duration.ofHours(1));
        volumes.step(volume);
        assertThat(volumes.billing.charged(volume.id()).micros()).isEqualTo(2 * 1_000 + 3_000);
        assertThat(volumes.books.faults()).isEmpty();
    }

    @Test
    void growth_that_the_provider_refuses_leaves_size_and_rate_and_says_why() {
        Volume volume = volumes.ready("data", 10);
        volumes.provider.failure = new ProviderFailure.NoCapacity("the disk is full");

        volumes.grow(volume, 30);
        volumes.step(volume);

        Volume same = volumes.reload(volume);
        assertThat(same.sizeGb()).isEqualTo(10);
        assertThat(same.wantedGb()).isEqualTo(10);
        assertThat(same.operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(same.error()).contains("30 GB", "the disk is full");
        volumes.clock.advance(Duration.ofHours(1));
        volumes.step(volume);
        assertThat(volumes.billing.charged(volume.id()).micros()).isEqualTo(1_000);
    }

    @Test
    void a_larger_size_is_paid_for_from_when_the_provider_has_made_it() {
        Volume volume = volumes.ready("data", 10);
        volumes.grow(volume, 30);
        for (int i = 0; i < 60; i++) {
            volumes.provider.failure = new ProviderFailure.Unavailable("its host is off", null);
            volumes.clock.advance(Duration.ofMinutes(1));
            volumes.step(volume);
        }
        assertThat(volumes.reload(volume).operation()).isEqualTo(VolumeOperation.RESIZING);
        volumes.provider.failure = null;
        volumes.step(volume);
        volumes.clock.advance(Duration.ofHours(1));
        volumes.step(volume);

        assertThat(volumes.reload(volume).sizeGb()).isEqualTo(30);
        assertThat(volumes.billing.charged(volume.id()).micros()).isEqualTo(1_000 + 3_000);
        assertThat(volumes.books.faults()).isEmpty();
    }

    @Test
    void growth_that_is_under_way_counts_for_quota_until_the_provider_refuses_it() {
        volumes.books.setQuota(volumes.by(), null, "volume_gb", 40L);
        Volume volume = volumes.ready("data", 10);
        Volume other = volumes.ready("other", 1);
        volumes.grow(volume, 30);
        assertRefused(ErrorCode.QUOTA_EXCEEDED, () -> volumes.grow(other, 20));

        volumes.provider.failure = new ProviderFailure.NoCapacity("the disk is full");
        volumes.step(volume);

        assertThat(volumes.grow(other, 20).wantedGb()).isEqualTo(20);
    }

    @Test
    void growth_ends_one_way_or_the_other_for_who_is_suspended_and_broke_meanwhile() {
        Volume refused = volumes.ready("refused", 10);
        Volume grown = volumes.ready("grown", 10);
        volumes.grow(refused, 30);
        volumes.grow(grown, 30);
        volumes.books.adjust(volumes.by(), Money.ofEuros("-99.999"), null);
        volumes.database.useTransaction(tx -> new AccountSuspension().changed(tx, volumes.organization, true));

        volumes.provider.failure = new ProviderFailure.NoCapacity("the disk is full");
        volumes.step(refused);
        volumes.step(grown);

        assertThat(volumes.reload(refused).operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(volumes.reload(refused).error()).contains("the disk is full");
        assertThat(volumes.reload(grown).sizeGb()).isEqualTo(30);
        assertThat(volumes.reload(grown).hourlyRate().micros()).isEqualTo(3_000);
        volumes.clock.advance(Duration.ofHours(1));
        volumes.step(refused);
        volumes.step(grown);
        assertThat(volumes.billing.charged(refused.id()).micros()).isEqualTo(1_000);
        assertThat(volumes.billing.charged(grown.id()).micros()).isEqualTo(3_000);
        assertThat(volumes.books.faults()).isEmpty();
    }

    @Test
    void growth_without_a_clear_answer_is_asked_for_again() {
        Volume volume = volumes.ready("data", 10);
        volumes.provider.failure = new ProviderFailure.Unavailable("broken pipe", null);

        volumes.grow(volume, 30);
        volumes.step(volume);
        assertThat(volumes.reload(volume).operation()).isEqualTo(VolumeOperation.RESIZING);

        assertThat(volumes.settle(volume).sizeGb()).isEqualTo(30);
        assertThat(volumes.provider.asked).containsExactly("create", "resize to 30", "resize to 30");
    }

    @Test
    void a_volume_only_grows() {
        Volume volume = volumes.ready("data", 10);
        for (int size : new int[] {10, 9, 0, -1}) {
            assertRefused(
                    ErrorCode.INVALID_FIELD,
                    () -> volumes.service.grow(volumes.ada, volume.id(), "new_size_gb", BigDecimal.valueOf(size)));
        }
        assertRefused(
                ErrorCode.INVALID_FIELD,
                () -> volumes.service.grow(volumes.ada, volume.id(), "size_gb", new BigDecimal("10.5")));
        assertRefused(ErrorCode.INVALID_STATE, () -> {
            Volume young = volumes.create("young", 1);
            volumes.service.grow(volumes.ada, young.id(), "size_gb", BigDecimal.TEN);
        });
    }
}
