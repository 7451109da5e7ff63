package com.mimiry.containers;

import java.time.Instant;

/**
 * What our init (PID 1 of every session's container) reports in the container's output, after everything the command
 * printed. It travels with the log, so that it is durable with it and in order.
 */
public sealed interface InitLine {
    /** The engine's time of the line. */
    Instant at();

    /**
     * The command ended.
     *
     * @param exitCode as a shell would show it: 128 + signal when it was killed
     * @param kept whether the container stays up for its owner to look around
     * @param terminated whether PID 1 had been asked to stop from outside before
     */
    record CommandEnded(Instant at, int exitCode, boolean kept, boolean terminated) implements InitLine {}

    /** The deadline fired on the machine itself; the end follows. */
    record DeadlineReached(Instant at) implements InitLine {}

    /** What is paid for has ended, by the machine's own watch; the end follows. */
    record Unpaid(Instant at) implements InitLine {}
}
