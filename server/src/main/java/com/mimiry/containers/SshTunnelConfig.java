package com.mimiry.containers;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The SSH connections to engines on other machines. */
@ConfigMapping(prefix = "mimiry.ssh-tunnel")
interface SshTunnelConfig {
    /** The longest that connecting, logging in, and opening a channel may take, each. */
    @WithDefault("10S")
    Duration connectTimeout();

    /** How often a connection is asked whether it lives; three missing answers end it. */
    @WithDefault("10S")
    Duration keepAlive();

    /** How long a machine that nobody asks for keeps its connection. */
    @WithDefault("10M")
    Duration unusedAfter();

    /** How long a failure to connect is told to everybody who asks, before it is tried again. */
    @WithDefault("1S")
    Duration retryAfter();
}
