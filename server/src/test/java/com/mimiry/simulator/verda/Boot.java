package com.mimiry.simulator.verda;

import java.time.Duration;

/**
 * How instances come up and go.
 *
 * @param ipAfter when the address is known
 * @param runningAfter when the status becomes running
 * @param endTakes between a delete and its effect
 */
public record Boot(Plan plan, Duration ipAfter, Duration runningAfter, Duration endTakes) {
    /** As quick as a test can wait for. */
    public static final Boot QUICK =
            new Boot(Plan.NORMAL, Duration.ofMillis(200), Duration.ofMillis(600), Duration.ofMillis(300));

    public Boot with(Plan other) {
        return new Boot(other, ipAfter, runningAfter, endTakes);
    }

    /** What becomes of it. */
    public enum Plan {
        NORMAL,
        /** Provisioning for ever. */
        NEVER,
        /** Accepted, and then there is no room. */
        NO_CAPACITY,
        INSTALLATION_FAILED,
        /** Running, and nobody answers. */
        NO_SSH,
        /** Running, with SSH and without Docker. */
        NO_DOCKER,
        /** The status is another one each time that it is asked for. */
        FLAPPING
    }
}
