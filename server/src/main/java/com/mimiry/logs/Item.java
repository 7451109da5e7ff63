package com.mimiry.logs;

import com.mimiry.containers.InitLine;

/** What comes out of a container's output, in order. */
sealed interface Item {
    /**
     * A line that the container printed.
     *
     * @param ns the engine's time
     * @param text safe to show
     */
    record Line(long ns, String text) implements Item {}

    /** A line of ours. */
    record Marker(long ns, String text) implements Item {}

    /** The init said something to us. */
    record Report(InitLine line) implements Item {}
}
