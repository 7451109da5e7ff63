package com.mimiry.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Money;
import com.mimiry.platform.TestConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a volume costs by the hour. */
class VolumePricesTest {
    private static VolumePrices prices(Map<String, String> config) {
        return new VolumePrices(TestConfig.of(VolumeConfig.class, config));
    }

    @Test
    void an_hourly_rate_is_rounded_up_once_for_the_whole_volume() {
        VolumePrices even = prices(Map.of("mimiry.volumes.monthly-price-per-gb", "0.073"));
        assertThat(even.hourlyRate("fake", Money.ZERO, 1).micros()).isEqualTo(100);
        VolumePrices odd = prices(Map.of(
                "mimiry.volumes.monthly-price-per-gb", "0.05", "mimiry.volumes.monthly-prices-per-gb.dear", "0.2"));
        assertThat(odd.hourlyRate("fake", Money.ZERO, 1).micros()).isEqualTo(69);
        assertThat(odd.hourlyRate("fake", Money.ZERO, 1000).micros()).isEqualTo(68_494);
        assertThat(odd.hourlyRate("Dear", Money.ofEuros("0.3"), 1000).micros()).isEqualTo(273_973);
    }

    @Test
    void without_a_price_of_its_own_a_providers_volumes_are_not_sold_below_what_it_takes() {
        VolumePrices usual = prices(Map.of("mimiry.volumes.monthly-price-per-gb", "0.05"));
        assertThat(usual.hourlyRate("dear", Money.ofEuros("0.2"), 1000).micros())
                .isEqualTo(273_973);
    }
}
