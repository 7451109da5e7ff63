package com.mimiry.containers;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A process in a container with its streams. With a terminal everything arrives on {@link #copyOutput} as stdout, raw.
 */
public interface ExecStream extends AutoCloseable {
    /** The process's stdin; closing it is what the process sees as end of file. */
    OutputStream stdin();

    /** Copies output until the process's streams end; call once, from one thread. */
    void copyOutput(OutputStream stdout, OutputStream stderr) throws IOException;

    void resize(ExecSpec.TerminalSize size);

    /** The exit code; call after the output has ended. 127 / 126 where the program could not be started. */
    int exitCode() throws IOException;

    /** Sends a signal such as {@code HUP} to the process's group, in whatever state it is; nothing if it has ended. */
    void signal(String signal);

    /** Leaves the process and its streams; a process that still runs gets a hangup. */
    @Override
    void close();
}
