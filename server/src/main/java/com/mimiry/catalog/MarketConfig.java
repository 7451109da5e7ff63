package com.mimiry.catalog;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;

/** How offers become prices, and how long a silent provider's last answer counts. */
@ConfigMapping(prefix = "mimiry.market")
interface MarketConfig {
    /** What is added to every provider's price, in percent. */
    @WithDefault("0")
    BigDecimal margin();

    /** Percent for one provider by name, in place of the general margin. */
    Map<String, BigDecimal> providerMargins();

    /** Percent for one GPU by canonical name, in place of the provider's and the general margin. */
    Map<String, BigDecimal> gpuMargins();

    /** How long one question to a provider may take. */
    @WithDefault("10s")
    Duration providerTimeout();

    /** How long a provider's last good answer is used while it gives no new one. */
    @WithDefault("5m")
    Duration staleFor();
}
