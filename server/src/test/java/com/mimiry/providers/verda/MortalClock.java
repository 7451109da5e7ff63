package com.mimiry.providers.verda;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;

/** Shows the time of another clock, and kills whoever looks at it for the n-th time. */
final class MortalClock extends Clock {
    private final Clock clock;
    private int looksLeft;
    private boolean died;

    MortalClock(Clock clock) {
        this.clock = clock;
    }

    /** What a process is killed by; nothing of the server catches it. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** @param looks 0 = never */
    synchronized void dieAt(int looks) {
        looksLeft = looks;
        died = false;
    }

    synchronized boolean hasDied() {
        return died;
    }

    @Override
    public synchronized Instant instant() {
        if (died || (looksLeft > 0 && --looksLeft == 0)) {
            // The dead do nothing more.
            died = true;
            throw new Killed();
        }
        return clock.instant();
    }

    @Override
    public ZoneId getZone() {
        return clock.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
