package com.mimiry.containers;

import java.time.Duration;

/** Gives the client of an engine; clients are shared and safe for many threads. */
public interface Engines {
    ContainerEngine connect(EngineAddress address);

    /**
     * Runs a command line in the login shell of the user and machine that an {@code ssh://} address names, on the connection
     * that its engine is reached by.
     *
     * @param timeout after which the command is given up; connecting has its own
     * @throws EngineException.Unreachable where it is not known how the command ended
     * @throws EngineException.Rejected where the address is no {@code ssh://} one
     */
    default CommandResult run(EngineAddress address, String command, Duration timeout) {
        throw new EngineException.Rejected("No commands are run on the machine of " + address.uri());
    }

    /** @param output what it wrote to stdout, at most a mebibyte of it */
    record CommandResult(int exitCode, String output) {}
}
