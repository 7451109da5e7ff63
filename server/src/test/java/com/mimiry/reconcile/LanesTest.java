package com.mimiry.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Through the real queue: rows of two providers, one of which answers nobody. */
class LanesTest {
    private static final String KIND = "thing";
    private static final int HUNG = 300;
    private static final int PLACES = 20;

    private final Database database = TestDatabase.create();
    private final Lanes lanes = new Lanes(PLACES, Clocks.utc());
    private final DbSchedulerReconciler reconciler = new DbSchedulerReconciler(database, Clocks.utc(), lanes);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final Set<UUID> ofTheHung = ConcurrentHashMap.newKeySet();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger mostWaiting = new AtomicInteger();
    private final AtomicInteger hungDone = new AtomicInteger();

    @AfterEach
    void close() {
        answer.countDown();
        reconciler.close();
    }

    @Test
    void a_provider_that_answers_nobody_holds_up_no_row_of_another() {
        for (int i = 0; i < HUNG; i++) {
            ofTheHung.add(row("hung"));
        }
        start();
        await(() -> assertThat(waiting).hasValue(PLACES));
        for (int i = 0; i < 20; i++) {
            UUID row = row("well");
            long began = System.nanoTime();
            reconciler.wake(KIND, row);
            await(() -> assertThat(isQueued(row)).isFalse());
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
        }
        assertThat(mostWaiting).hasValue(PLACES);
        assertThat(WorkQueue.byLane(database, Clocks.utc().instant()))
                .extracting(WorkQueue.Waiting::lane, WorkQueue.Waiting::rows)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("hung", (long) HUNG));
        answer.countDown();
        await(() -> assertThat(hungDone).hasValue(HUNG));
    }

    @Test
    void a_lane_outlasts_a_step() {
        UUID row = row("hung");
        ofTheHung.add(row);
        answer.countDown();
        AtomicInteger steps = new AtomicInteger();
        Reconciler.Steps twice = steps(() -> steps.incrementAndGet() < 3
                ? new Reconciler.Next.After(Duration.ofHours(1))
                : new Reconciler.Next.Done());
        start(twice);
        await(() -> assertThat(steps).hasValue(1));
        await(() -> assertThat(WorkQueue.byLane(database, Clocks.utc().instant()))
                .extracting(WorkQueue.Waiting::lane, WorkQueue.Waiting::due)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("hung", 0L)));
    }

    private UUID row(String lane) {
        UUID id = UUID.randomUUID();
        database.useTransaction(tx -> {
            reconciler.begin(tx, KIND, id);
            reconciler.lane(tx, KIND, id, lane);
        });
        return id;
    }

    private boolean isQueued(UUID id) {
        return database.read(tx -> tx.handle()
                .createQuery("select exists (select from scheduled_tasks where task_instance = :id)")
                .bind("id", id.toString())
                .mapTo(Boolean.class)
                .one());
    }

    private void start() {
        start(new Reconciler.Steps() {
            @Override
            public String kind() {
                return KIND;
            }

            @Override
            public Reconciler.Next step(UUID id) {
                if (ofTheHung.contains(id)) {
                    mostWaiting.accumulateAndGet(waiting.incrementAndGet(), Math::max);
                    try {
                        answer.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    } finally {
                        waiting.decrementAndGet();
                    }
                    hungDone.incrementAndGet();
                }
                return new Reconciler.Next.Done();
            }
        });
    }

    private void start(Reconciler.Steps steps) {
        reconciler.start(
                List.of(steps),
                "replica",
                TestConfig.of(ReconcileConfig.class, Map.of()),
                new SimpleMeterRegistry().timer("lag"));
    }

    private static Reconciler.Steps steps(java.util.function.Supplier<Reconciler.Next> step) {
        return new Reconciler.Steps() {
            @Override
            public String kind() {
                return KIND;
            }

            @Override
            public Reconciler.Next step(UUID id) {
                return step.get();
            }
        };
    }

    private static void await(org.awaitility.core.ThrowingRunnable condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(condition);
    }
}
