package com.mimiry.logs;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.Engines;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Captures one session on this replica: waits until no other does, then reads the engine in one thread and writes the
 * database in another, and begins again from what the database says when anything breaks.
 */
final class Capture {
    private static final Logger LOG = Logger.getLogger(Capture.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(50);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(3);
    private static final Duration READER_PATIENCE = Duration.ofSeconds(10);

    /** What a capture is about. */
    record Target(UUID sessionId, EngineAddress engine, String container, String controlToken) {}

    /**
     * What captures of one replica share.
     *
     * @param holder the replica's process
     */
    record Tools(
            UUID holder,
            LooseTokens loose,
            Database database,
            LogStore store,
            LogAppender appender,
            Engines engines,
            Clock clock,
            Ids ids,
            Duration lease,
            Duration flushInterval) {}

    /** The right to write, while this replica has it. */
    private record Holding(UUID token, LogBuffer buffer) {}

    private final Target target;
    private final Tools tools;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile long askedAt = System.nanoTime();
    private volatile boolean drained;
    private boolean stored;
    private volatile @Nullable Holding holding;

    Capture(Target target, Tools tools) {
        this.target = target;
        this.tools = tools;
    }

    void start() {
        Thread.ofVirtual().name("log-writer-" + target.sessionId()).start(this::run);
    }

    Target target() {
        return target;
    }

    void asked() {
        askedAt = System.nanoTime();
    }

    boolean unaskedFor(Duration time) {
        return System.nanoTime() - askedAt > time.toNanos();
    }

    /** Whether nothing is left to do, here or anywhere. */
    boolean isDrained() {
        return drained;
    }

    boolean isFinished() {
        return finished.getCount() == 0;
    }

    /** The right to write; null while another replica captures. */
    @Nullable UUID token() {
        Holding held = holding;
        return held == null ? null : held.token();
    }

    /** Somebody else has it: leave without writing anything more. */
    void lost(UUID token) {
        Holding held = holding;
        if (held != null && held.token().equals(token)) {
            held.buffer().fail(new LeaseLost(target.sessionId()));
        }
    }

    /** Stores what has been read and lets go; {@link #awaitFinished} says when that is done. */
    void stop() {
        stop.countDown();
        Holding held = holding;
        if (held != null) {
            held.buffer().close();
        }
    }

    boolean awaitFinished(Duration atMost) throws InterruptedException {
        return finished.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void run() {
        Duration pause = PAUSE_MIN;
        try {
            while (!drained && stop.getCount() > 0) {
                stored = false;
                try {
                    pauseFor(claimAndCapture());
                    pause = PAUSE_MIN;
                } catch (LeaseLost e) {
                    LOG.infof("%s", e.getMessage());
                } catch (RuntimeException e) {
                    LOG.warnf(e, "session %s: log capture broke, it begins again", target.sessionId());
                    pause = stored ? PAUSE_MIN : pause;
                    pauseFor(pause);
                    pause = pause.compareTo(PAUSE_MAX) > 0 ? pause : pause.multipliedBy(2);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            finished.countDown();
        }
    }

    private void pauseFor(Duration time) throws InterruptedException {
        if (stop.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
            LOG.debugf("session %s: log capture stops", target.sessionId());
        }
    }

    /** @return how long to wait before the next try */
    private Duration claimAndCapture() throws InterruptedException {
        Claim claim = claim(tools.ids().next());
        return switch (claim) {
            case Claim.Drained _ -> {
                drained = true;
                yield Duration.ZERO;
            }
            case Claim.Held(Duration remaining) -> {
                Duration look = tools.lease().dividedBy(3);
                yield remaining.compareTo(look) < 0 ? remaining.plus(PAUSE_MIN) : look;
            }
            case Claim.Granted granted -> {
                capture(granted);
                yield Duration.ZERO;
            }
        };
    }

    private Claim claim(UUID token) {
        try {
            return tools.database().inTransaction(tx -> {
                Instant now = tools.clock().instant();
                tools.store().announce(tx, tools.holder(), tools.lease());
                tools.store().ensureHead(tx, target.sessionId(), now);
                return tools.store().claim(tx, target.sessionId(), target.container(), token, tools.holder(), now);
            });
        } catch (RuntimeException e) {
            tools.loose().add(target.sessionId(), token);
            throw e;
        }
    }

    private void capture(Claim.Granted granted) throws InterruptedException {
        LogBuffer buffer = new LogBuffer(granted, target.controlToken(), tools.flushInterval());
        holding = new Holding(granted.token(), buffer);
        if (stop.getCount() == 0) {
            buffer.close();
        }
        EngineReader reader =
                new EngineReader(target.sessionId(), tools.engines(), target.engine(), target.container(), buffer);
        Thread readerThread =
                Thread.ofVirtual().name("log-reader-" + target.sessionId()).start(reader::run);
        try {
            write(buffer, granted.token());
        } finally {
            buffer.close();
            readerThread.interrupt();
            if (!readerThread.join(READER_PATIENCE)) {
                LOG.warnf("session %s: the engine does not let go of its log stream", target.sessionId());
            }
            holding = null;
            letGo(granted.token());
        }
    }

    private void write(LogBuffer buffer, UUID token) throws InterruptedException {
        Batch batch = buffer.take();
        while (batch != null) {
            try {
                tools.appender().append(target.sessionId(), token, batch);
            } catch (RuntimeException e) {
                buffer.fail(e);
                throw e;
            }
            stored = true;
            drained = drained || batch.drained();
            batch = buffer.take();
        }
        RuntimeException failure = buffer.failure();
        if (failure != null) {
            throw failure;
        }
    }

    private void letGo(UUID token) {
        try {
            tools.database()
                    .useTransaction(tx -> tools.store()
                            .release(
                                    tx, target.sessionId(), token, tools.clock().instant()));
        } catch (RuntimeException e) {
            tools.loose().add(target.sessionId(), token);
            LOG.warnf("session %s: its log could not be let go of yet: %s", target.sessionId(), e.getMessage());
        }
    }
}
