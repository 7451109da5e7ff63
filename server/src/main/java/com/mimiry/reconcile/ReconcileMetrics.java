package com.mimiry.reconcile;

import com.mimiry.platform.Database;
import com.mimiry.platform.Snapshot;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.function.ToDoubleFunction;

/** The work queue, and what in it does not get on; of the whole deployment, the same on every replica. */
@Singleton
@Startup
final class ReconcileMetrics {
    private static final Duration READ_EVERY = Duration.ofSeconds(15);

    private final Snapshot<ReconcileStore.Queue> queue;

    ReconcileMetrics(Database database, Clock clock, MeterRegistry registry) {
        ReconcileStore store = new ReconcileStore();
        this.queue = new Snapshot<>(clock, READ_EVERY, () -> database.read(tx -> store.queue(tx, clock.instant())));
        gauge(registry, "mimiry.reconcile.rows", "Rows that have steps to come", ReconcileStore.Queue::rows);
        gauge(
                registry,
                "mimiry.reconcile.failing",
                "Rows whose step failed five times and more in a row",
                ReconcileStore.Queue::failing);
        gauge(
                registry,
                "mimiry.reconcile.late",
                "Rows whose step is due for more than a minute",
                ReconcileStore.Queue::late);
        gauge(
                registry,
                "mimiry.reconcile.silent",
                "Steps under way whose replica has said nothing for a minute",
                ReconcileStore.Queue::silent);
    }

    private void gauge(
            MeterRegistry registry, String name, String description, ToDoubleFunction<ReconcileStore.Queue> figure) {
        Gauge.builder(name, queue, from -> from.get().map(figure::applyAsDouble).orElse(Double.NaN))
                .description(description)
                .register(registry);
    }
}
