package com.mimiry.logs;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** The captures of this replica: at most one per session, all under one lease. */
final class Captures implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Captures.class);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(8);

    private final Capture.Tools tools;
    private final Duration unaskedTimeout;
    private final ConcurrentHashMap<UUID, Capture> bySession = new ConcurrentHashMap<>();
    private final ScheduledExecutorService keeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("log-lease").factory());
    private volatile boolean closed;

    Captures(Capture.Tools tools, Duration unaskedTimeout) {
        this.tools = tools;
        this.unaskedTimeout = unaskedTimeout;
        long everyNanos = tools.lease().dividedBy(3).toNanos();
        var _ = keeper.scheduleWithFixedDelay(this::keep, everyNanos, everyNanos, TimeUnit.NANOSECONDS);
    }

    void ensure(Capture.Target target) {
        Capture known = bySession.get(target.sessionId());
        if (known != null && isRight(known, target)) {
            known.asked();
        } else if (!closed) {
            bySession.compute(target.sessionId(), (_, current) -> replaced(current, target));
        }
    }

    private Capture replaced(@org.jspecify.annotations.Nullable Capture current, Capture.Target target) {
        if (current != null && isRight(current, target)) {
            return current;
        }
        if (current != null) {
            current.stop();
        }
        Capture capture = new Capture(target, tools);
        capture.start();
        return capture;
    }

    private static boolean isRight(Capture capture, Capture.Target target) {
        return capture.target().equals(target) && (capture.isDrained() || !capture.isFinished());
    }

    /** Those that wait for another replica's to end among them. */
    int known() {
        return bySession.size();
    }

    int active() {
        return (int) bySession.values().stream()
                .filter(capture -> capture.token() != null)
                .count();
    }

    private void keep() {
        try {
            forget();
            renew();
            tools.loose().release(tools.database(), tools.store(), tools.clock());
        } catch (RuntimeException e) {
            LOG.warnf("the lease on logs could not be renewed: %s", e.getMessage());
        }
    }

    private void forget() {
        bySession.values().removeIf(capture -> {
            boolean unasked = capture.unaskedFor(unaskedTimeout);
            if (unasked) {
                capture.stop();
            }
            return unasked;
        });
    }

    private void renew() {
        if (bySession.isEmpty()) {
            return;
        }
        boolean unbroken = tools.database().inTransaction(tx -> tools.store().renew(tx, tools.holder(), tools.lease()));
        if (!unbroken) {
            letGoOfWhatOthersTook();
        }
    }

    private void letGoOfWhatOthersTook() {
        Map<UUID, Capture> byToken = new HashMap<>();
        for (Capture capture : bySession.values()) {
            UUID token = capture.token();
            if (token != null) {
                byToken.put(token, capture);
            }
        }
        Set<UUID> sessions = byToken.values().stream()
                .map(capture -> capture.target().sessionId())
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
        Set<UUID> held = tools.database().read(tx -> tools.store().held(tx, sessions, byToken.keySet()));
        byToken.forEach((token, capture) -> {
            if (!held.contains(token)) {
                capture.lost(token);
            }
        });
    }

    /** Stores what has been read and gives the leases back, so that the next replica goes on at once. */
    @Override
    public void close() {
        closed = true;
        keeper.shutdownNow();
        bySession.values().forEach(Capture::stop);
        long until = System.nanoTime() + STOP_PATIENCE.toNanos();
        try {
            for (Capture capture : bySession.values()) {
                if (!capture.awaitFinished(Duration.ofNanos(Math.max(0, until - System.nanoTime())))) {
                    LOG.warnf(
                            "session %s: its log is not stored to the end yet",
                            capture.target().sessionId());
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
