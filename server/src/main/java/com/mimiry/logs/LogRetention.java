package com.mimiry.logs;

import com.mimiry.platform.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Deletes logs when their time is over. Safe to run on several replicas at once. */
final class LogRetention implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(LogRetention.class);
    private static final int LOGS_AT_ONCE = 50;
    private static final int CHUNKS_AT_ONCE = 200;

    private final Database database;
    private final LogStore store;
    private final Clock clock;
    private final Duration retention;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("log-retention").factory());

    LogRetention(Database database, LogStore store, Clock clock, LogConfig config) {
        this.database = database;
        this.store = store;
        this.clock = clock;
        this.retention = config.retention();
        long everyNanos = config.purgeInterval().toNanos();
        var _ = thread.scheduleWithFixedDelay(this::purgeQuietly, everyNanos, everyNanos, TimeUnit.NANOSECONDS);
    }

    private void purgeQuietly() {
        try {
            int purged = purge();
            if (purged > 0) {
                LOG.infof("deleted the logs of %d sessions after their retention of %s", purged, retention);
            }
        } catch (RuntimeException e) {
            LOG.warnf("old logs could not be deleted: %s", e.getMessage());
        }
    }

    /** @return how many logs went */
    int purge() {
        database.useTransaction(store::forgetCapturers);
        Instant cutoff = clock.instant().minus(retention);
        int purged = 0;
        while (true) {
            List<UUID> sessions = database.read(tx -> store.untouchedSince(tx, cutoff, LOGS_AT_ONCE));
            sessions.forEach(sessionId -> delete(sessionId, cutoff));
            purged += sessions.size();
            if (sessions.size() < LOGS_AT_ONCE) {
                return purged;
            }
        }
    }

    private void delete(UUID sessionId, Instant cutoff) {
        int deleted;
        do {
            deleted = database.inTransaction(tx -> store.deleteChunks(tx, sessionId, CHUNKS_AT_ONCE));
        } while (deleted == CHUNKS_AT_ONCE);
        database.useTransaction(tx -> store.deleteHead(tx, sessionId, cutoff));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
