package com.mimiry.oversight;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The comparison of what providers hold for us with what they should hold. */
@ConfigMapping(prefix = "mimiry.sweep")
public interface SweepConfig {
    /** How often each provider is swept. */
    @WithDefault("2m")
    Duration interval();

    /** The providers that are only looked at and reported, such as {@code verda}; {@code all} for all of them. */
    Optional<List<String>> dryRun();
}
