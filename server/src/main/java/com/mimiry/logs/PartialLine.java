package com.mimiry.logs;

import com.mimiry.containers.InitLines;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The line of one stream (stdout or stderr) that has not ended yet. Not safe for several threads. */
final class PartialLine {
    /** A longer line is cut; its pieces lose nothing. */
    static final int LINE_BYTES_MAX = 1 << 20;

    /** Begins the lines that go on where the one before was cut. */
    static final String CONTINUATION = "[mimiry:continued] ";

    private static final byte CONTROL_LINE_START = 0x1E;
    private static final int HEADER = 1 + Long.BYTES;

    private byte[] bytes = new byte[256];
    private int length;
    private long lastNs;
    private boolean continuation;
    private boolean changed;

    /** Receives complete lines. */
    interface Sink {
        /** @param continuation whether it goes on where the line before was cut */
        void line(long ns, byte[] line, boolean continuation);
    }

    static PartialLine restore(byte @Nullable [] packed) {
        PartialLine line = new PartialLine();
        if (packed != null) {
            ByteBuffer stored = ByteBuffer.wrap(Gzip.unpack(packed));
            line.continuation = stored.get() != 0;
            line.lastNs = stored.getLong();
            line.append(stored.array(), HEADER, stored.capacity() - HEADER);
        }
        line.changed = false;
        return line;
    }

    /** Whether it differs from what the last {@link #pack()} gave. */
    boolean changed() {
        return changed;
    }

    /** What {@link #restore} takes; null when there is nothing to remember. */
    byte @Nullable [] pack() {
        changed = false;
        if (length == 0 && !continuation) {
            return null;
        }
        return Gzip.pack(ByteBuffer.allocate(HEADER + length)
                .put((byte) (continuation ? 1 : 0))
                .putLong(lastNs)
                .put(bytes, 0, length)
                .array());
    }

    void add(long ns, byte[] payload, Sink sink) {
        lastNs = ns;
        int from = 0;
        for (int i = 0; i < payload.length; i++) {
            if (payload[i] == '\n') {
                take(payload, from, i, sink);
                complete(sink);
                from = i + 1;
            }
        }
        take(payload, from, payload.length, sink);
    }

    private void take(byte[] payload, int from, int to, Sink sink) {
        int at = from;
        while (at < to) {
            int some = Math.min(to - at, LINE_BYTES_MAX + Integer.BYTES - length);
            append(payload, at, some);
            at += some;
            if (length > LINE_BYTES_MAX) {
                cut(sink);
            }
        }
    }

    private void append(byte[] source, int from, int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
        }
        System.arraycopy(source, from, bytes, length, count);
        length += count;
        changed = true;
    }

    private void cut(Sink sink) {
        int end = cutAt();
        sink.line(lastNs, Arrays.copyOf(bytes, end), continuation);
        System.arraycopy(bytes, end, bytes, 0, length - end);
        length -= end;
        continuation = true;
    }

    /** Not inside a UTF-8 character, nor inside what may be a line of the init. */
    private int cutAt() {
        for (int i = LINE_BYTES_MAX - InitLines.MAX_LENGTH; i < LINE_BYTES_MAX; i++) {
            if (bytes[i] == CONTROL_LINE_START) {
                return i;
            }
        }
        return LogText.characterBoundary(bytes, LINE_BYTES_MAX);
    }

    private void complete(Sink sink) {
        sink.line(lastNs, Arrays.copyOf(bytes, length), continuation);
        clear();
    }

    /** The stream has ended: what is there is a line. */
    void end(Sink sink) {
        if (length > 0) {
            complete(sink);
        }
        clear();
    }

    private void clear() {
        changed = changed || length > 0 || continuation;
        length = 0;
        continuation = false;
        if (bytes.length > 1 << 16) {
            bytes = new byte[256];
        }
    }
}
