package com.mimiry.containers;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Closes what takes too long. Unix-domain sockets know no timeouts of their own; whoever waits in one wakes up by this. */
final class Watchdog {
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private Watchdog() {}

    /** Closes {@code watched} unless {@link Watch#touch} or {@link Watch#close} comes within every {@code patience}. */
    static Watch watch(Closeable watched, Duration patience) {
        Watch watch = new Watch(watched, patience.toNanos());
        watch.schedule(patience.toNanos());
        return watch;
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("engine-watchdog").factory());
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** One thing under watch. The state is written by its user and read by the timer, hence volatile. */
    static final class Watch implements AutoCloseable {
        private final Closeable watched;
        private final long patienceNanos;
        private volatile long touchedAt = System.nanoTime();
        private volatile boolean over;
        private volatile @Nullable Future<?> nextCheck;
        private volatile boolean fired;

        private Watch(Closeable watched, long patienceNanos) {
            this.watched = watched;
            this.patienceNanos = patienceNanos;
        }

        /** Something has moved: the patience begins anew. */
        void touch() {
            touchedAt = System.nanoTime();
        }

        /** Whether patience ran out. */
        boolean fired() {
            return fired;
        }

        /** Ends the watch; what is watched stays as it is. */
        @Override
        public void close() {
            over = true;
            Future<?> check = nextCheck;
            if (check != null) {
                check.cancel(false);
            }
        }

        private void schedule(long nanos) {
            nextCheck = TIMER.schedule(this::check, nanos, TimeUnit.NANOSECONDS);
        }

        private void check() {
            if (over) {
                return;
            }
            long left = patienceNanos - (System.nanoTime() - touchedAt);
            if (left > 0) {
                schedule(left);
                return;
            }
            fired = true;
            try {
                watched.close();
            } catch (IOException e) {
                // It was closed to wake its reader; how the closing went changes nothing.
                over = true;
            }
        }
    }
}
