package com.mimiry.containers;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.common.channel.LocalWindow;

/**
 * What has come through a channel and was not read yet, in the pieces in which it came. The window bounds it: room is given
 * back as it is read. The library's own pipe moves all that waits with each piece that comes. The lock guards all fields.
 */
final class ReceivedBytes extends InputStream {
    private final LocalWindow window;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Queue<byte[]> pieces = new ArrayDeque<>();
    /** Of the first piece, how much is read. */
    private int position;

    private boolean ended;
    private boolean closed;

    ReceivedBytes(LocalWindow window) {
        this.window = window;
    }

    void add(byte[] piece) {
        lock.lock();
        try {
            pieces.add(piece);
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The other side has nothing more to send. */
    void end() {
        lock.lock();
        try {
            ended = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** @throws IOException when the connection is gone before the other side said that this is the end */
    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int count;
        lock.lock();
        try {
            while (pieces.isEmpty() && !ended && !closed) {
                news.await();
            }
            if (pieces.isEmpty()) {
                if (ended) {
                    return -1;
                }
                throw new IOException("the SSH connection broke");
            }
            count = take(target, offset, length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading through SSH", e);
        } finally {
            lock.unlock();
        }
        if (window.isOpen()) {
            window.release(count);
        }
        return count;
    }

    private int take(byte[] target, int offset, int length) {
        int count = 0;
        for (byte[] piece = pieces.peek(); piece != null && count < length; piece = pieces.peek()) {
            int part = Math.min(length - count, piece.length - position);
            System.arraycopy(piece, position, target, offset + count, part);
            count += part;
            position += part;
            if (position == piece.length) {
                pieces.remove();
                position = 0;
            }
        }
        return count;
    }

    @Override
    public int available() {
        lock.lock();
        try {
            return pieces.stream().mapToInt(piece -> piece.length).sum() - position;
        } finally {
            lock.unlock();
        }
    }

    /** Wakes up whoever reads. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
