package com.mimiry.containers;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Makes byte streams to an engine: what differs between a socket on this machine and one at the end of a tunnel. */
interface Connector {
    /** A stream that has not been connected yet; returns at once. */
    Wire wire(EngineAddress address) throws IOException;

    /**
     * A duplex byte stream. One thread may read while another writes; any thread may close it at any time, which wakes up
     * whoever connects, reads or writes.
     */
    interface Wire extends Closeable {
        /** Blocks until the other side has accepted. */
        void connect() throws IOException;

        InputStream input();

        /** Closing it is the end of our side only: the other side may go on sending. */
        OutputStream output();
    }
}
