package com.mimiry.logs;

import com.mimiry.containers.ContainerEngine.LogEntry;
import com.mimiry.containers.InitLines;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Between the thread that reads the engine and the one that writes the database. Bounded: the reader waits when the
 * writer is behind. One lock guards everything.
 */
final class LogBuffer {
    private static final long FULL_BYTES = 1 << 20;
    private static final long FLUSH_BYTES = 192 << 10;
    private static final int LINE_OVERHEAD_BYTES = 64;
    private static final long COALESCE_NANOS = Duration.ofMillis(15).toNanos();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition due = lock.newCondition();
    private final String controlToken;
    private final long flushNanos;
    private final ResumePoint resumePoint;
    private final PartialLine stdout;
    private final PartialLine stderr;

    private List<Item> items = new ArrayList<>();
    private long bufferedBytes;
    private long batchBytes;
    private long firstAt;
    private long lastTakenAt;
    private boolean ended;
    private boolean closed;
    private @Nullable RuntimeException failure;

    LogBuffer(Claim.Granted from, String controlToken, Duration flushInterval) {
        this.controlToken = controlToken;
        this.flushNanos = flushInterval.toNanos();
        this.resumePoint = new ResumePoint(from.position());
        this.stdout = PartialLine.restore(from.stdout());
        this.stderr = PartialLine.restore(from.stderr());
        this.lastTakenAt = System.nanoTime() - flushNanos;
    }

    /** A new stream begins; ask the engine for entries since the answer. */
    @Nullable Instant begin() {
        lock.lock();
        try {
            return resumePoint.begin();
        } finally {
            lock.unlock();
        }
    }

    /** How many entries have been consumed; whether a stream has brought anything new shows here. */
    long entries() {
        lock.lock();
        try {
            return resumePoint.position().entries();
        } finally {
            lock.unlock();
        }
    }

    /** Takes the stream's next entry; blocks while the buffer is full; throws when the capture is over. */
    void accept(LogEntry entry) {
        lock.lock();
        try {
            RuntimeException cause = failure;
            if (cause != null || closed) {
                throw new CaptureEnded(cause);
            }
            long ns = LogTime.nanos(entry.at());
            if (resumePoint.isNew(ns, entry.payload().length)) {
                if (entry.stderr()) {
                    stderr.add(ns, entry.payload(), this::plainLine);
                } else {
                    stdout.add(ns, entry.payload(), this::stdoutLine);
                }
            }
            while (bufferedBytes + batchBytes > FULL_BYTES && failure == null && !closed) {
                room.await();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CaptureEnded(null);
        } finally {
            lock.unlock();
        }
    }

    private void stdoutLine(long ns, byte[] line, boolean continuation) {
        InitLines.Parsed control =
                InitLines.parse(line, controlToken, LogTime.instant(ns)).orElse(null);
        if (control == null) {
            plainLine(ns, line, continuation);
            return;
        }
        if (control.prefix().length > 0) {
            plainLine(ns, control.prefix(), continuation);
        }
        add(new Item.Report(control.line()), 0);
    }

    private void plainLine(long ns, byte[] line, boolean continuation) {
        String text = LogText.safe(line);
        add(new Item.Line(ns, continuation ? PartialLine.CONTINUATION + text : text), line.length);
    }

    private void add(Item item, int bytes) {
        if (items.isEmpty()) {
            firstAt = System.nanoTime();
            due.signal();
        }
        items.add(item);
        bufferedBytes += bytes + LINE_OVERHEAD_BYTES;
        if (bufferedBytes >= FLUSH_BYTES) {
            due.signal();
        }
    }

    /** The container's output is complete. */
    void end() {
        lock.lock();
        try {
            if (!closed) {
                stdout.end(this::stdoutLine);
                stderr.end(this::plainLine);
                ended = true;
                due.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more comes from this stream; what is there may still be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            due.signal();
            room.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The writer could not write: what is buffered is void, the database says where to begin again. */
    void fail(RuntimeException cause) {
        lock.lock();
        try {
            failure = cause;
            due.signal();
            room.signal();
        } finally {
            lock.unlock();
        }
    }

    boolean isOver() {
        lock.lock();
        try {
            return closed || failure != null;
        } finally {
            lock.unlock();
        }
    }

    @Nullable RuntimeException failure() {
        lock.lock();
        try {
            return failure;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Blocks until the next batch is due; call when the one before has been written.
     *
     * @return null when there is no more
     */
    @Nullable Batch take() throws InterruptedException {
        lock.lock();
        try {
            batchBytes = 0;
            room.signal();
            while (failure == null) {
                long wait = nanosUntilDue();
                if (wait <= 0) {
                    return batch();
                }
                if (closed && items.isEmpty()) {
                    return null;
                }
                due.await(wait, TimeUnit.NANOSECONDS);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private long nanosUntilDue() {
        if (ended) {
            return 0;
        }
        if (items.isEmpty()) {
            return Long.MAX_VALUE;
        }
        if (closed || bufferedBytes >= FLUSH_BYTES) {
            return 0;
        }
        long at = Math.max(firstAt + COALESCE_NANOS, lastTakenAt + flushNanos);
        return at - System.nanoTime();
    }

    private Batch batch() {
        Batch batch = new Batch(items, resumePoint.position(), remainder(stdout), remainder(stderr), ended);
        if (ended) {
            ended = false;
            closed = true;
        }
        items = new ArrayList<>();
        batchBytes = bufferedBytes;
        bufferedBytes = 0;
        lastTakenAt = System.nanoTime();
        return batch;
    }

    private static Batch.@Nullable Remainder remainder(PartialLine line) {
        return line.changed() ? new Batch.Remainder(line.pack()) : null;
    }

    /** Thrown into the engine's reading loop to leave it. */
    static final class CaptureEnded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CaptureEnded(@Nullable Throwable cause) {
            super("the capture is over", cause);
        }
    }
}
