package com.mimiry.sshproxy;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.sshd.server.channel.ChannelDataReceiver;
import org.apache.sshd.server.channel.ChannelSession;

/**
 * What the client sends on a channel, on its way to a process's stdin. The network side never waits; what it may put is
 * bounded by the channel's window, which is given back only as the process takes its input.
 */
final class ChannelInput implements ChannelDataReceiver {
    private static final int SMALL_CHUNK = 1 << 12;
    private static final int CHUNK = 1 << 16;

    private final Object lock = new Object();
    private final ByteQueue bytes = new ByteQueue();
    private boolean ended;

    @Override
    public int data(ChannelSession channel, byte[] buffer, int start, int length) {
        synchronized (lock) {
            boolean first = bytes.size() == 0;
            bytes.put(buffer, start, length);
            if (first) {
                lock.notifyAll();
            }
        }
        return 0;
    }

    @Override
    public void close() {
        synchronized (lock) {
            ended = true;
            lock.notifyAll();
        }
    }

    /** Copies until the client's end of file. */
    void copyTo(OutputStream stdin, ChannelSession channel) throws IOException, InterruptedException {
        byte[] chunk = new byte[SMALL_CHUNK];
        int length = take(chunk);
        while (length >= 0) {
            stdin.write(chunk, 0, length);
            stdin.flush();
            channel.getLocalWindow().release(length);
            if (length == chunk.length && chunk.length < CHUNK) {
                chunk = new byte[CHUNK];
            }
            length = take(chunk);
        }
    }

    private int take(byte[] chunk) throws InterruptedException {
        synchronized (lock) {
            while (bytes.size() == 0 && !ended) {
                lock.wait();
            }
            if (bytes.size() == 0) {
                return -1;
            }
            int length = Math.min(chunk.length, bytes.size());
            bytes.take(chunk, 0, length);
            return length;
        }
    }
}
