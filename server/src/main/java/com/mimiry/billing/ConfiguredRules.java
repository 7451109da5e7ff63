package com.mimiry.billing;

import com.mimiry.billing.BillingRules.QuotaRules;
import com.mimiry.platform.Money;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Reads the rules from the configuration. */
final class ConfiguredRules {
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

    private static QuotaRules quota(BillingConfig.Quota quota) {
        return new QuotaRules(quota.sessions(), quota.gpus(), quota.volumes(), quota.volumeGb());
    }
}
