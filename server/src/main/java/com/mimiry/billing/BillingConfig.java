package com.mimiry.billing;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;

/** Money, holds and quota. */
@ConfigMapping(prefix = "mimiry.billing")
interface BillingConfig {
    /** How long the money that a create reserves lasts at the session's rate. */
    @WithDefault("1h")
    Duration hold();

    /** How often the use of what runs is booked; the end of a session is always booked to the second. */
    @WithDefault("60s")
    Duration postingInterval();

    /** How long before the end of its money a session is stopped, so that the stop itself is paid for. */
    @WithDefault("60s")
    Duration stopMargin();

    /** Balances in euro; falling to one or below makes a {@code low_balance} event. */
    @WithDefault("20,5,1")
    List<BigDecimal> lowBalanceMarks();

    /** Quota of an organization where the operator has set no other. */
    Quota organizationQuota();

    /** Quota of each user within each organization where the operator has set no other. */
    Quota userQuota();

    /** What may exist at once. */
    interface Quota {
        /** Sessions that are not ended. */
        @WithDefault("200")
        long sessions();

        /** GPUs of each family in sessions that are not ended. */
        @WithDefault("256")
        long gpus();

        /** Volumes that are not deleted. */
        @WithDefault("100")
        long volumes();

        /** Size of all volumes together, in GB. */
        @WithDefault("10000")
        long volumeGb();
    }
}
