package com.mimiry.logs;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Wakes those who wait for a log that this replica writes. */
final class LogSignals {
    private final ConcurrentHashMap<UUID, Set<Watch>> watches = new ConcurrentHashMap<>();
    private volatile Consumer<UUID> reported = _ -> {};

    void whenReported(Consumer<UUID> listener) {
        reported = listener;
    }

    void reported(UUID sessionId) {
        reported.accept(sessionId);
    }

    void changed(UUID sessionId) {
        watches.getOrDefault(sessionId, Set.of()).forEach(Watch::signal);
    }

    /** Watches from now on. */
    Watch watch(UUID sessionId) {
        Watch watch = new Watch(sessionId);
        watches.compute(sessionId, (_, others) -> {
            Set<Watch> all = others == null ? ConcurrentHashMap.newKeySet() : others;
            all.add(watch);
            return all;
        });
        return watch;
    }

    final class Watch implements AutoCloseable {
        private final UUID sessionId;
        private final Semaphore signals = new Semaphore(0);

        private Watch(UUID sessionId) {
            this.sessionId = sessionId;
        }

        private void signal() {
            signals.release();
        }

        /** Returns when there was a change since the last call, or when time is up. */
        void await(Duration atMost) throws InterruptedException {
            if (signals.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                signals.drainPermits();
            }
        }

        @Override
        public void close() {
            watches.computeIfPresent(sessionId, (_, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }
}
