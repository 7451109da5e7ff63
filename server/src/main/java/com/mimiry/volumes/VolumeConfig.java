package com.mimiry.volumes;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;

/** Prices, times and limits of volumes. */
@ConfigMapping(prefix = "mimiry.volumes")
interface VolumeConfig {
    /** What a customer pays for a GB per month of 730 hours, in euro. */
    @WithDefault("0.05")
    BigDecimal monthlyPricePerGb();

    /** The same for one provider by name, in place of the general price. */
    Map<String, BigDecimal> monthlyPricesPerGb();

    /** The largest volume. */
    @WithDefault("16384")
    int sizeGbMax();

    /** How long it is tried to make a volume. */
    @WithDefault("10m")
    Duration provisionTimeout();

    /** Between the two complete listings that prove a volume gone. */
    @WithDefault("2s")
    Duration absenceGap();

    /** How long ago a volume must have been asked for before its absence from a listing proves that it was not made. */
    @WithDefault("10s")
    Duration absenceAge();

    /** Whether volumes of ours that no row knows are destroyed; they hold somebody's data, so by default only reported. */
    @WithDefault("false")
    boolean destroyUnknown();

    /** How old a volume that no row knows must be before it counts as one. */
    @WithDefault("1h")
    Duration unknownAge();
}
