package com.mimiry.reconcile;

import com.mimiry.platform.Database;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is still to be done, of the whole deployment. */
public final class WorkQueue {
    private static final ReconcileStore STORE = new ReconcileStore();

    private WorkQueue() {}

    /**
     * What waits for one outside party.
     *
     * @param rows that have steps to come
     * @param due how many of them should have been stepped by now
     * @param oldestDueAt since when the first of those waits; null = none does
     */
    public record Waiting(
            String lane, long rows, long due, @Nullable Instant oldestDueAt) {}

    /** By lane. */
    public static List<Waiting> byLane(Database database, Instant now) {
        return database.read(tx -> STORE.byLane(tx, now));
    }
}
