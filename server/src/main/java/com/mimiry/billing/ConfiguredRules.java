package com.mimiry.billing;

import com.mimiry.billing.BillingRules.QuotaRules;
import com.mimiry.platform.Money;
import com.mimiry.platform.StartFailure;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;

/** Reads the rules from the configuration. */
final class ConfiguredRules {
    private static final String PREFIX = "mimiry.billing.";
    private static final int FILE_ORDINAL = 200;

    private ConfiguredRules() {}

    @Produces
    @Singleton
    static BillingRules rules(BillingConfig config) {
        return new BillingRules(
                config.hold(),
                config.postingInterval(),
                config.stopMargin(),
                config.lowBalanceMarks().stream().map(Money::ofEuros).toList(),
                quota(config.organizationQuota()),
                quota(config.userQuota()));
    }

    /**
     * The rules where no application runs, found where it would look for them: system properties, environment, file.
     *
     * @param file what the configuration file says
     * @throws StartFailure where they are not valid
     */
    static BillingRules outside(Map<String, String> file) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .addDefaultSources()
                .addDiscoveredConverters()
                .withSources(new PropertiesConfigSource(file, "configuration file", FILE_ORDINAL))
                .build();
        BillingRules defaults = BillingRules.defaults();
        try {
            return new BillingRules(
                    value(config, "hold", Duration.class, defaults.hold()),
                    value(config, "posting-interval", Duration.class, defaults.postingInterval()),
                    value(config, "stop-margin", Duration.class, defaults.stopMargin()),
                    config.getOptionalValues(PREFIX + "low-balance-marks", BigDecimal.class)
                            .map(marks -> marks.stream().map(Money::ofEuros).toList())
                            .orElse(defaults.lowBalanceMarks()),
                    quota(config, "organization-quota.", defaults.perOrganization()),
                    quota(config, "user-quota.", defaults.perUser()));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new StartFailure("The configuration of mimiry.billing is not valid: " + e.getMessage(), e);
        }
    }

    private static QuotaRules quota(SmallRyeConfig config, String of, QuotaRules defaults) {
        return new QuotaRules(
                value(config, of + "sessions", Long.class, defaults.sessions()),
                value(config, of + "gpus", Long.class, defaults.gpus()),
                value(config, of + "volumes", Long.class, defaults.volumes()),
                value(config, of + "volume-gb", Long.class, defaults.volumeGb()));
    }

    private static <T> T value(SmallRyeConfig config, String name, Class<T> type, T otherwise) {
        return config.getOptionalValue(PREFIX + name, type).orElse(otherwise);
    }

    private static QuotaRules quota(BillingConfig.Quota quota) {
        return new QuotaRules(quota.sessions(), quota.gpus(), quota.volumes(), quota.volumeGb());
    }
}
