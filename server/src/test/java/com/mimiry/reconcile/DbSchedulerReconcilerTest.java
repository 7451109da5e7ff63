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
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class DbSchedulerReconcilerTest {
    private static final String KIND = "thing";

    private final Database database = TestDatabase.create();
    private final DbSchedulerReconciler reconciler = new DbSchedulerReconciler(database, Clocks.utc());
    private final UUID id = UUID.randomUUID();
    private final AtomicInteger steps = new AtomicInteger();

    @Test
    void a_row_is_out_of_the_queue_after_its_last_step() {
        started(Reconciler.Next.Done::new);
        begin();
        awaitSteps(1);
        awaitEmptyQueue();
    }

    @Test
    void what_begins_while_the_last_step_is_under_way_gets_a_step_of_its_own() {
        started(() -> {
            if (steps.get() == 1) {
                // Somebody changes the row after this step has read it.
                begin();
            }
            return new Reconciler.Next.Done();
        });
        begin();
        awaitSteps(2);
        awaitEmptyQueue();
        assertThat(steps).hasValue(2);
    }

    private void started(Supplier<Reconciler.Next> last) {
        Reconciler.Steps kind = new Reconciler.Steps() {
            @Override
            public String kind() {
                return KIND;
            }

            @Override
            public Reconciler.Next step(UUID row) {
                steps.incrementAndGet();
                return last.get();
            }
        };
        reconciler.start(
                List.of(kind),
                "replica",
                TestConfig.of(ReconcileConfig.class, Map.of()),
                new SimpleMeterRegistry().timer("lag"));
    }

    private void begin() {
        database.useTransaction(tx -> reconciler.begin(tx, KIND, id));
        reconciler.wake(KIND, id);
    }

    private void awaitSteps(int number) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(steps.get()).isGreaterThanOrEqualTo(number));
    }

    private void awaitEmptyQueue() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(queued()).isZero());
        reconciler.close();
    }

    private int queued() {
        return database.read(tx -> tx.handle()
                .createQuery("select count(*) from scheduled_tasks")
                .mapTo(Integer.class)
                .one());
    }
}
