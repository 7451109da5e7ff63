package com.mimiry.reconcile;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps on db-scheduler. A step whose replica died is run again by another after about eight seconds, or at once by
 * the same replica when it is back.
 */
public final class DbSchedulerReconciler implements Reconciler, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(DbSchedulerReconciler.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final int HEARTBEATS_MISSED_MAX = 4;
    private static final int WAKE_TRIES = 40;
    private static final Duration WAKE_PAUSE = Duration.ofMillis(50);

    private final Database database;
    private final Clock clock;
    private final ReconcileStore store = new ReconcileStore();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Lanes lanes;
    private volatile @Nullable Scheduler scheduler;

    /** One that runs no steps, and only puts rows into the queue. */
    public DbSchedulerReconciler(Database database, Clock clock) {
        this(database, clock, new Lanes(1, clock));
    }

    DbSchedulerReconciler(Database database, Clock clock, Lanes lanes) {
        this.database = database;
        this.clock = clock;
        this.lanes = lanes;
    }

    /**
     * Starts running steps.
     *
     * @param replica names this replica for ever: whoever starts with a name knows that no other process has it
     * @param lag gets how long after its time each step began
     */
    void start(List<Steps> kinds, String replica, ReconcileConfig config, Timer lag) {
        int abandoned = database.inTransaction(tx -> store.abandon(tx, replica));
        if (abandoned > 0) {
            LOG.infof("picking up %d steps that were under way when this replica stopped", abandoned);
        }
        List<Task<?>> tasks = kinds.stream()
                .<Task<?>>map(steps -> task(steps, config.retryDelayMax(), lag))
                .toList();
        Scheduler created = Scheduler.create(database.dataSource(), tasks)
                .serializer(new LaneSerializer())
                .schedulerName(new SchedulerName.Fixed(replica))
                .threads(config.workers())
                .executorService(Executors.newVirtualThreadPerTaskExecutor())
                .pollUsingLockAndFetch(0.5, 4.0)
                .pollingInterval(config.pollInterval())
                .heartbeatInterval(HEARTBEAT)
                .missedHeartbeatsLimit(HEARTBEATS_MISSED_MAX)
                .enableImmediateExecution()
                .alwaysPersistTimestampInUTC()
                .shutdownMaxWait(Duration.ofSeconds(10))
                .build();
        created.start();
        scheduler = created;
    }

    private Task<String> task(Steps steps, Duration retryDelayMax, Timer lag) {
        return Tasks.custom(steps.kind(), String.class)
                .onDeadExecutionRevive()
                .onFailure((complete, operations) -> {
                    int failures = complete.getExecution().consecutiveFailures;
                    long delayMs = Math.min(retryDelayMax.toMillis(), 500L << Math.min(failures, 16));
                    operations.reschedule(complete, clock.instant().plusMillis(delayMs));
                })
                .execute((instance, context) -> {
                    lag.record(Duration.between(context.getExecution().executionTime, clock.instant()));
                    Next next = step(steps, UUID.fromString(instance.getId()), instance.getData());
                    CompletionHandler<String> handler = (complete, operations) -> {
                        switch (next) {
                            case Next.Done _ -> {
                                if (!finish(complete.getExecution())) {
                                    operations.reschedule(complete, clock.instant());
                                }
                            }
                            case Next.After(Duration delay) ->
                                operations.reschedule(complete, clock.instant().plus(delay));
                        }
                    };
                    return handler;
                });
    }

    private Next step(Steps steps, UUID id, @Nullable String lane) {
        if (lane == null) {
            return steps.step(id);
        }
        Lanes.Pass pass = lanes.enter(lane).orElse(null);
        if (pass == null) {
            return new Next.After(lanes.pause(lane));
        }
        try (pass) {
            return steps.step(id);
        }
    }

    /** False where {@link #begin} was called while the last step was under way. */
    private boolean finish(Execution execution) {
        return database.inTransaction(tx -> store.finish(
                tx,
                execution.taskInstance.getTaskName(),
                UUID.fromString(execution.taskInstance.getId()),
                execution.version));
    }

    @Override
    public void begin(Transaction tx, String kind, UUID id) {
        store.insert(tx, kind, id, clock.instant());
    }

    @Override
    public void lane(Transaction tx, String kind, UUID id, String lane) {
        store.lane(tx, kind, id, lane);
    }

    @Override
    public void wake(String kind, UUID id) {
        if (hurry(kind, id) == ReconcileStore.Hurried.RUNNING) {
            threads.execute(() -> hurryWhenFree(kind, id));
        }
    }

    private ReconcileStore.Hurried hurry(String kind, UUID id) {
        Instant now = clock.instant();
        ReconcileStore.Hurried hurried = database.inTransaction(tx -> store.hurry(tx, kind, id, now));
        Scheduler running = scheduler;
        if (hurried == ReconcileStore.Hurried.DUE && running != null) {
            running.triggerCheckForDueExecutions();
        }
        return hurried;
    }

    /** The step under way may have read the row before the caller's change: one more must follow it soon. */
    private void hurryWhenFree(String kind, UUID id) {
        try {
            for (int i = 0; i < WAKE_TRIES; i++) {
                TimeUnit.NANOSECONDS.sleep(WAKE_PAUSE.toNanos());
                if (hurry(kind, id) != ReconcileStore.Hurried.RUNNING) {
                    return;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.debugf(e, "could not hurry %s %s; it runs when it is due", kind, id);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        Scheduler running = scheduler;
        if (running != null) {
            running.stop();
        }
    }
}
