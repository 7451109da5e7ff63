package com.mimiry.api;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How much the HTTP side takes. */
@ConfigMapping(prefix = "mimiry.api")
public interface ApiConfig {
    /** The largest request body in bytes under {@code /api}; beyond it the answer is 413. A command and an environment of 1 MiB fit, escaped. */
    @WithDefault("8388608")
    int bodyBytesMax();

    /** How long a request body may take to arrive; beyond it the answer is 408. */
    @WithDefault("PT60S")
    Duration bodyTimeout();

    /** Requests per second that one user may make for long, per replica; 0 = any number. Never set it below 20. */
    @WithDefault("500")
    int userRequestsPerSecond();

    /** How long the answer to an {@code Idempotency-Key} is remembered. */
    @WithDefault("PT24H")
    Duration idempotencyRetention();

    /** How often a comment is sent on an event stream that has nothing to say, so that proxies keep it open. */
    @WithDefault("PT15S")
    Duration streamKeepAlive();
}
