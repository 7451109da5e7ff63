package com.mimiry.providers.docker;

import static com.mimiry.providers.docker.FleetFixture.FAR;
import static com.mimiry.providers.docker.FleetFixture.NEAR;
import static com.mimiry.providers.docker.FleetFixture.wish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Held;
import com.mimiry.providers.VolumeProvider.Place;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Volumes of a fleet, of which one host is dead. */
class DockerVolumesTest {
    private final FleetFixture fleet = new FleetFixture();
    private final VolumeProvider volumes = fleet.volumes;

    @Test
    void a_silent_host_hides_its_own_volumes_and_their_end_and_no_others() {
        UUID near = fleet.volume("near");
        UUID endedNear = fleet.volume("near");
        UUID far = fleet.volume("far");
        volumes.destroy(endedNear);
        fleet.engines.dead.add(FAR);

        VolumeProvider.Listing listing = volumes.listing();

        assertThat(listing.volumes()).extracting(Held::tag).containsExactly(near);
        assertThat(listing.provesAbsent().test(endedNear)).isTrue();
        assertThat(listing.provesAbsent().test(far)).isFalse();
        assertThat(listing.provesAbsent().test(UUID.randomUUID()))
                .as("never promised")
                .isTrue();
        assertThat(listing.gaps())
                .contains(FAR.uri().toString())
                .doesNotContain(NEAR.uri().toString());
        assertThatThrownBy(volumes::volumes).isInstanceOf(ProviderFailure.Unavailable.class);
    }

    @Test
    void a_host_that_hangs_delays_the_others_no_longer_than_its_patience() {
        UUID near = fleet.volume("near");
        fleet.engines.hung.add(FAR);
        long began = System.nanoTime();

        assertThat(volumes.listing().volumes()).extracting(Held::tag).containsExactly(near);

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void a_volume_whose_end_was_asked_for_before_it_was_promised_is_never_made() {
        UUID tag = UUID.randomUUID();
        fleet.engines.dead.add(FAR);
        volumes.destroy(tag);

        assertThatThrownBy(() -> volumes.create(wish(tag, "near")))
                .isInstanceOf(ProviderFailure.InvalidRequest.class)
                .hasMessageContaining("has ended before");
        assertThat(volumes.listing().volumes()).isEmpty();
    }

    @Test
    void what_is_there_without_a_promise_is_destroyed_where_it_is() {
        UUID tag = UUID.randomUUID();
        fleet.engines.volumesOn(NEAR).put(tag.toString(), Long.toString(1L << 30));
        fleet.engines.dead.add(FAR);

        volumes.destroy(tag);

        assertThat(fleet.engines.volumesOn(NEAR)).isEmpty();
    }

    @Test
    void a_drained_host_gets_no_volumes_and_keeps_those_that_it_has() {
        UUID tag = fleet.volume("far");
        fleet.drain("far");

        assertThat(volumes.places())
                .filteredOn(place -> place.place().equals("far"))
                .singleElement()
                .extracting(Place::unusable)
                .asString()
                .contains("drained");
        assertThatThrownBy(() -> fleet.volume("far")).isInstanceOf(ProviderFailure.NoCapacity.class);
        volumes.resize(tag, 20);
        assertThat(volumes.volumes()).singleElement().extracting(Held::sizeGb).isEqualTo(20);
    }
}
