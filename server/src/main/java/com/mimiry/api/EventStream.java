package com.mimiry.api;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One open stream of server-sent events. The producer's thread and the keep-alive thread both write; the lock guards the
 * output; {@code closed} is signalled when the client goes or the server stops.
 */
public final class EventStream {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closed = lock.newCondition();
    private final OutputStream out;
    private volatile boolean open = true;

    EventStream(OutputStream out) {
        this.out = out;
    }

    /** What fills a stream: a loop that ends by itself or when the stream is no longer open. */
    @FunctionalInterface
    public interface Producer {
        void run(EventStream stream) throws InterruptedException;
    }

    /**
     * Sends one event; returns when it is on its way, so that a slow client slows the producer. Does nothing once the
     * client is gone.
     *
     * @param id what the client sends as {@code Last-Event-ID} when it comes back; null = none
     * @param event the event's type; null = the default
     * @param data any text; line breaks are kept
     */
    public void emit(@Nullable String id, @Nullable String event, String data) {
        StringBuilder text = new StringBuilder(data.length() + 64);
        if (id != null) {
            text.append("id: ").append(id).append('\n');
        }
        if (event != null) {
            text.append("event: ").append(event).append('\n');
        }
        for (String line : data.split("\r\n|\r|\n", -1)) {
            text.append("data: ").append(line).append('\n');
        }
        write(text.append('\n').toString());
    }

    /** Whether it makes sense to emit more. */
    public boolean isOpen() {
        return open;
    }

    /**
     * Waits, but no longer than the client stays.
     *
     * @return whether the stream is still open
     */
    public boolean pause(Duration time) throws InterruptedException {
        lock.lock();
        try {
            long nanos = time.toNanos();
            while (open && nanos > 0) {
                nanos = closed.awaitNanos(nanos);
            }
            return open;
        } finally {
            lock.unlock();
        }
    }

    void keepAlive() {
        write(": keep-alive\n\n");
    }

    void close() {
        open = false;
        // The lock may be held by a write that waits for a client that went; that write wakes the others when it fails.
        if (lock.tryLock()) {
            try {
                closed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void write(String text) {
        lock.lock();
        try {
            if (open) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (IOException | IllegalStateException gone) {
            open = false;
        } finally {
            if (!open) {
                closed.signalAll();
            }
            lock.unlock();
        }
    }

    /** Waits for the end of the stream, sending comments meanwhile. */
    void keepAliveUntilClosed(Duration interval) throws InterruptedException {
        while (pause(interval)) {
            keepAlive();
        }
    }
}
