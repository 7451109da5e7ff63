package com.mimiry.logs;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How session output is captured and kept. */
@ConfigMapping(prefix = "mimiry.logs")
interface LogConfig {
    /** Output kept of one session, in bytes before compression; what comes later is dropped, and the log says so. */
    @WithDefault("1073741824")
    long maxBytesPerSession();

    /** How long a log stays readable after its session's end. */
    @WithDefault("30d")
    Duration retention();

    /** How often logs past their retention are looked for. */
    @WithDefault("10m")
    Duration purgeInterval();

    /** How long after a replica's death another takes over its captures. */
    @WithDefault("5s")
    Duration lease();

    /** The longest that a complete line waits before it is stored. */
    @WithDefault("250ms")
    Duration flushInterval();

    /** How long a capture goes on when no step of its session asks for it. */
    @WithDefault("2m")
    Duration unaskedTimeout();
}
