package com.mimiry.sessions;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Times and limits of the session lifecycle. */
@ConfigMapping(prefix = "mimiry.sessions")
interface SessionConfig {
    /** How long {@code started} (and then {@code completed}) stays readable at least: clients poll every 5 s. */
    @WithDefault("6s")
    Duration shownAtLeast();

    /** How long an end state waits after the last log line became readable. */
    @WithDefault("3s")
    Duration settleAfterLogs();

    /** How long a command may go on after DELETE to end by itself. */
    @WithDefault("2s")
    Duration deleteGrace();

    /** Between SIGTERM and SIGKILL. */
    @WithDefault("10s")
    Duration killAfter();

    /** How long candidates are tried before a session is given up as provision_failed. */
    @WithDefault("15m")
    Duration placementTimeout();

    /** How long a machine may take to start before another candidate is tried. */
    @WithDefault("10m")
    Duration bootTimeout();

    /** How long a machine may take until its container engine is ready. */
    @WithDefault("15m")
    Duration setupTimeout();

    /** How long an image may take to arrive. */
    @WithDefault("60m")
    Duration pullTimeout();

    /** How long a container may take to start. */
    @WithDefault("5m")
    Duration startTimeout();

    /** How long the end of a container waits for the rest of its output. */
    @WithDefault("30s")
    Duration drainTimeout();

    /** Between the two complete listings that prove a machine gone. */
    @WithDefault("2s")
    Duration absenceGap();

    /** How old a launch must be before its absence from a listing proves that it was never made. */
    @WithDefault("5s")
    Duration absenceAge();

    /** How often a running session is looked at, at most; young ones are looked at more often. */
    @WithDefault("2s")
    Duration runningPoll();

    /** How old a machine of ours that no session knows must be before a sweep destroys it. */
    @WithDefault("2m")
    Duration orphanAge();
}
