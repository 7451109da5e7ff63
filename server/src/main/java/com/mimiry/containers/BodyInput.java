package com.mimiry.containers;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;

/** A response body of known length, or in chunks. Its end is an end only where the framing says so. */
final class BodyInput extends InputStream {
    private final InputStream in;
    private final boolean chunked;
    /** Of the body, or of the current chunk. */
    private long left;

    private boolean firstChunk = true;
    private boolean ended;

    private BodyInput(InputStream in, boolean chunked, long left) {
        this.in = in;
        this.chunked = chunked;
        this.left = left;
    }

    static InputStream chunked(InputStream in) {
        return new BodyInput(in, true, 0);
    }

    static InputStream sized(InputStream in, long length) {
        return new BodyInput(in, false, length);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (left == 0 && !ended) {
            nextChunk();
        }
        if (ended) {
            return -1;
        }
        int n = in.read(target, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw new EOFException("closed the connection in the middle of an answer");
        }
        left -= n;
        return n;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(in.available(), left);
    }

    private void nextChunk() throws IOException {
        if (!chunked) {
            ended = true;
            return;
        }
        if (!firstChunk) {
            HttpHead.readLine(in);
        }
        firstChunk = false;
        left = parseSize(HttpHead.readLine(in));
        if (left == 0) {
            while (!HttpHead.readLine(in).isEmpty()) {
                // Trailers say nothing that we need.
            }
            ended = true;
        }
    }

    private static long parseSize(String line) throws ProtocolException {
        int extension = line.indexOf(';');
        String size = (extension < 0 ? line : line.substring(0, extension)).strip();
        if (!size.matches("[0-9a-fA-F]{1,15}")) {
            throw new ProtocolException("sent a chunk without a size");
        }
        return Long.parseLong(size, 16);
    }
}
