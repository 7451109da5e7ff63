package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.MovableClock;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MachineListingsTest {
    private final MovableClock clock = new MovableClock(SessionFixture.T0);
    private final Fake provider = new Fake();
    private final MachineListings listings = new MachineListings(SimulatedServer.beans(List.of(provider)), clock);

    @Test
    void a_quick_listing_is_shared_for_a_moment_only() {
        look(Duration.ofMillis(149));
        assertThat(provider.asked).isEqualTo(1);
        look(Duration.ofMillis(1));
        assertThat(provider.asked).isEqualTo(2);
    }

    @Test
    void a_listing_of_very_many_is_shared_for_as_long_again_as_it_took() {
        provider.takes = Duration.ofMillis(400);
        look(Duration.ofMillis(399));
        assertThat(provider.asked).isEqualTo(1);
        look(Duration.ofMillis(1));
        assertThat(provider.asked).isEqualTo(2);
    }

    @Test
    void a_provider_that_takes_its_time_is_asked_again_after_a_second() {
        provider.takes = Duration.ofSeconds(30);
        look(Duration.ofMillis(999));
        assertThat(provider.asked).isEqualTo(1);
        look(Duration.ofMillis(1));
        assertThat(provider.asked).isEqualTo(2);
    }

    /** Two looks, the second one so long after the first one's answer. */
    private void look(Duration later) {
        listings.listing(provider);
        clock.advance(later);
        listings.listing(provider);
    }

    private final class Fake implements Provider {
        private Duration takes = Duration.ZERO;
        private int asked;

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public List<Offer> offers() {
            return List.of();
        }

        @Override
        public Machine launch(LaunchRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Machine> machines() {
            asked++;
            clock.advance(takes);
            return List.of();
        }

        @Override
        public void destroy(UUID tag) {
            throw new UnsupportedOperationException();
        }
    }
}
