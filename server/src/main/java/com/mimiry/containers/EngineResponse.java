package com.mimiry.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * An answer whose body has not been read yet.
 *
 * @param body after an upgrade: everything that the other side sends from now on
 * @param watch closes the wire when the engine takes too long; the reader of a long body touches or closes it
 */
record EngineResponse(HttpHead head, InputStream body, Connector.Wire wire, Watchdog.Watch watch)
        implements AutoCloseable {
    private static final int MAX_WHOLE_BODY = 64 * 1024 * 1024;

    /** The way to the other side after an upgrade. */
    OutputStream upstream() {
        return wire.output();
    }

    byte[] readWhole() throws IOException {
        byte[] whole = body.readNBytes(MAX_WHOLE_BODY + 1);
        if (whole.length > MAX_WHOLE_BODY) {
            throw new IOException("sent an answer of more than " + MAX_WHOLE_BODY + " bytes");
        }
        return whole;
    }

    @Override
    public void close() {
        giveUp(wire, watch);
    }

    static void giveUp(Connector.Wire wire, Watchdog.Watch watch) {
        watch.close();
        try {
            wire.close();
        } catch (IOException e) {
            // Nothing was waiting for what else might have come over it.
            return;
        }
    }
}
