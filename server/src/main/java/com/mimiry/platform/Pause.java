package com.mimiry.platform;

import java.time.Duration;

/** How a thread waits for a moment; a simulation of time has its own. */
@FunctionalInterface
public interface Pause {
    /** Returns after about this time, or earlier when the thread is interrupted. */
    void of(Duration duration);
}
