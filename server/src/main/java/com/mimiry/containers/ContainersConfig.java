package com.mimiry.containers;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long to wait for container engines. */
@ConfigMapping(prefix = "mimiry.containers")
public interface ContainersConfig {
    /** The longest that one call to an engine may take, connecting included. */
    @WithDefault("60S")
    Duration callTimeout();

    /** The longest that an engine may say nothing in the middle of a pull or of stored logs. */
    @WithDefault("5M")
    Duration streamSilence();

    /** How many networks to keep ready on each host, so that sessions start faster; each is a tiny container. */
    @WithDefault("2")
    int readyNetworks();
}
