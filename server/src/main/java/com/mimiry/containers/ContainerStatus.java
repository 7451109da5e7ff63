package com.mimiry.containers;

import java.time.Instant;

/** A container as the engine shows it. */
public sealed interface ContainerStatus {
    /** The engine answered, and has no such container. */
    record Absent() implements ContainerStatus {}

    /** Created, never started. */
    record Created() implements ContainerStatus {}

    /** @param startedAt by the engine's clock */
    record Running(Instant startedAt) implements ContainerStatus {}

    /**
     * @param exitCode of PID 1
     * @param outOfMemory whether the kernel killed any process of it for memory; the command itself may have survived that
     * @param error the engine's own words when it could not start, else ""
     */
    record Exited(Instant startedAt, Instant finishedAt, int exitCode, boolean outOfMemory, String error)
            implements ContainerStatus {}
}
