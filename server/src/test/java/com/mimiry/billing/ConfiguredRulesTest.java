package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.Money;
import com.mimiry.platform.StartFailure;
import com.mimiry.platform.TestConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The server and the admin command line read the same rules out of the same configuration. */
class ConfiguredRulesTest {
    private static final Map<String, String> ALL_KEYS = Map.ofEntries(
            Map.entry("mimiry.billing.hold", "30m"),
            Map.entry("mimiry.billing.posting-interval", "5s"),
            Map.entry("mimiry.billing.stop-margin", "2s"),
            Map.entry("mimiry.billing.low-balance-marks", "7,0.5"),
            Map.entry("mimiry.billing.organization-quota.sessions", "1"),
            Map.entry("mimiry.billing.organization-quota.gpus", "2"),
            Map.entry("mimiry.billing.organization-quota.volumes", "3"),
            Map.entry("mimiry.billing.organization-quota.volume-gb", "4"),
            Map.entry("mimiry.billing.user-quota.sessions", "5"),
            Map.entry("mimiry.billing.user-quota.gpus", "6"),
            Map.entry("mimiry.billing.user-quota.volumes", "7"),
            Map.entry("mimiry.billing.user-quota.volume-gb", "8"));

    private static BillingRules ofServer(Map<String, String> properties) {
        return ConfiguredRules.rules(TestConfig.of(BillingConfig.class, properties));
    }

    @Test
    void without_a_word_about_it_both_have_the_documented_defaults() {
        assertThat(ofServer(Map.of())).isEqualTo(BillingRules.defaults());
        assertThat(BillingRules.configured(Map.of())).isEqualTo(BillingRules.defaults());
    }

    @Test
    void every_key_is_read_by_both() {
        BillingRules expected = new BillingRules(
                Duration.ofMinutes(30),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2),
                List.of(Money.ofEuros("7"), Money.ofEuros("0.5")),
                new BillingRules.QuotaRules(1, 2, 3, 4),
                new BillingRules.QuotaRules(5, 6, 7, 8));
        assertThat(ofServer(ALL_KEYS)).isEqualTo(expected);
        assertThat(BillingRules.configured(ALL_KEYS)).isEqualTo(expected);
    }

    @Test
    void what_makes_no_sense_is_named() {
        ALL_KEYS.keySet().forEach(key -> {
            Map<String, String> bad = new HashMap<>(ALL_KEYS);
            bad.put(key, "plenty");
            assertThatThrownBy(() -> BillingRules.configured(bad))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("mimiry.billing");
        });
    }
}
