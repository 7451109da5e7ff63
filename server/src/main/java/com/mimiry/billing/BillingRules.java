package com.mimiry.billing;

import com.mimiry.platform.Money;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The operator's choices about money, apart from where they are written down.
 *
 * @param hold how long a hold lasts at the resource's rate
 * @param postingInterval how long use may stay unbooked
 * @param stopMargin how long before the end of the money a resource is stopped
 * @param lowBalanceMarks balances whose crossing downwards makes an event
 * @param perOrganization quota where no override says otherwise
 * @param perUser quota of each user in each organization
 */
public record BillingRules(
        Duration hold,
        Duration postingInterval,
        Duration stopMargin,
        List<Money> lowBalanceMarks,
        QuotaRules perOrganization,
        QuotaRules perUser) {
    private static final QuotaRules GENEROUS = new QuotaRules(200, 256, 100, 10_000);

    public BillingRules {
        if (hold.toSeconds() < 1 || postingInterval.toSeconds() < 1 || stopMargin.isNegative()) {
            throw new IllegalArgumentException(
                    "mimiry.billing: hold and posting-interval must be at least a second, stop-margin not negative");
        }
        lowBalanceMarks = List.copyOf(lowBalanceMarks);
    }

    /** What holds where nothing is configured; the same as the configuration's own defaults. */
    public static BillingRules defaults() {
        return new BillingRules(
                Duration.ofHours(1),
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                List.of(Money.ofEuros("20"), Money.ofEuros("5"), Money.ofEuros("1")),
                GENEROUS,
                GENEROUS);
    }

    /**
     * What is configured, for programs that work on the database beside the server.
     *
     * @param file what the server's configuration file says; empty = there is none
     * @throws com.mimiry.platform.StartFailure where it is not valid
     */
    public static BillingRules configured(Map<String, String> file) {
        return ConfiguredRules.outside(file);
    }

    /**
     * @param gpus of each family
     * @param volumeGb of all volumes together
     */
    public record QuotaRules(long sessions, long gpus, long volumes, long volumeGb) {}
}
