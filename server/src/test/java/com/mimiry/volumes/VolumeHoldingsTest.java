package com.mimiry.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.TestConfig;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a sweep makes of volumes that vanished, and of those that nobody knows. */
class VolumeHoldingsTest {
    private final SteppedVolumes volumes = new SteppedVolumes();

    /** Sweeps, and tells what was found. */
    private List<Verdict> swept(VolumeConfig config) {
        VolumeHoldings holdings = new VolumeHoldings(
                volumes.database, volumes.providers, new SteppedVolumes.NoReconciler(), config, volumes.clock);
        List<Item> items = holdings.look("fake").orElseThrow().items();
        items.stream()
                .filter(item -> item.verdict() == Verdict.ORPHAN || item.verdict() == Verdict.MISSING)
                .forEach(item -> holdings.settle("fake", item));
        return items.stream().map(Item::verdict).toList();
    }

    @Test
    void a_volume_that_vanishes_is_failed_after_two_looks_and_no_longer_paid_for() {
        Volume volume = volumes.ready("data", 10);
        volumes.clock.advance(Duration.ofHours(1));
        volumes.provider.held.clear();

        assertThat(swept(volumes.config)).containsExactly(Verdict.MISSING);
        Instant seen = volumes.clock.instant();
        Volume failed = volumes.settle(volume);

        assertThat(failed.state()).isEqualTo(VolumeState.FAILED);
        assertThat(failed.error()).contains("gone from fake");
        assertThat(Duration.between(seen, volumes.clock.instant())).isGreaterThanOrEqualTo(volumes.config.absenceGap());
        volumes.clock.advance(Duration.ofHours(5));
        volumes.step(volume);
        assertThat(volumes.billing.charged(volume.id()).micros()).isEqualTo(1_000);
        assertThat(volumes.books.faults()).isEmpty();
    }

    @Test
    void a_volume_that_was_lost_with_its_host_says_why() {
        Volume volume = volumes.ready("data", 10);
        volumes.clock.advance(Duration.ofHours(1));
        volumes.provider.held.clear();
        volumes.provider.lostBecause = "its power supply burnt";
        swept(volumes.config);

        assertThat(volumes.settle(volume).error()).contains("its host was lost (its power supply burnt)");
    }

    @Test
    void where_a_part_of_the_provider_is_silent_its_volumes_stay_and_deletes_elsewhere_end() {
        Volume silent = volumes.ready("silent", 10);
        Volume deleted = volumes.ready("deleted", 10);
        volumes.clock.advance(Duration.ofHours(1));
        volumes.provider.hidden.add(silent.id());
        volumes.delete(deleted);

        assertThat(volumes.settle(deleted).state()).isEqualTo(VolumeState.DELETED);
        assertThat(swept(volumes.config)).containsExactly(Verdict.UNSEEN);
        assertThat(volumes.settle(silent).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(volumes.reload(silent).asked().absentSince()).isNull();
    }

    @Test
    void a_listing_that_misses_a_volume_once_changes_nothing() {
        Volume volume = volumes.ready("data", 10);
        volumes.clock.advance(Duration.ofHours(1));
        var there = Map.copyOf(volumes.provider.held);
        volumes.provider.held.clear();
        swept(volumes.config);
        volumes.provider.held.putAll(there);
        volumes.clock.advance(Duration.ofSeconds(1));

        assertThat(volumes.settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(volumes.reload(volume).asked().absentSince()).isNull();
    }

    @Test
    void a_sweep_destroys_what_was_deleted_and_only_reports_what_no_row_knows() {
        Volume volume = volumes.ready("data", 10);
        volumes.delete(volume);
        volumes.settle(volume);
        // A create that came late, after all proof.
        volumes.provider.held.put(volume.id(), volumes.provider.of(volume.id(), 10));
        UUID stranger = UUID.randomUUID();
        volumes.provider.held.put(stranger, volumes.provider.of(stranger, 10));
        volumes.clock.advance(Duration.ofDays(2));

        assertThat(swept(volumes.config)).containsExactlyInAnyOrder(Verdict.ORPHAN, Verdict.KEPT);

        assertThat(volumes.provider.held).containsOnlyKeys(stranger);

        VolumeConfig strict = TestConfig.of(VolumeConfig.class, Map.of("mimiry.volumes.destroy-unknown", "true"));
        volumes.clock.advance(Duration.ofSeconds(1));
        assertThat(swept(strict)).containsExactly(Verdict.ORPHAN);
        assertThat(volumes.provider.held).isEmpty();
    }

    @Test
    void a_sweep_never_destroys_the_young_or_the_live() {
        VolumeConfig strict = TestConfig.of(VolumeConfig.class, Map.of("mimiry.volumes.destroy-unknown", "true"));
        Volume volume = volumes.ready("data", 10);
        volumes.clock.advance(Duration.ofDays(1));
        UUID young = UUID.randomUUID();
        volumes.provider.held.put(young, volumes.provider.of(young, 1));
        volumes.clock.advance(Duration.ofMinutes(59));

        assertThat(swept(strict)).containsExactlyInAnyOrder(Verdict.OWNED, Verdict.TOO_YOUNG);
        assertThat(volumes.provider.held).containsOnlyKeys(volume.id(), young);
    }
}
