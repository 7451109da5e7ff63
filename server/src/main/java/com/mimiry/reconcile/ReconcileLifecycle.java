package com.mimiry.reconcile;

import com.mimiry.platform.Database;
import com.mimiry.platform.ReplicaName;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;

/** Starts the reconciler when everything that it drives is there, and stops it first. */
@Singleton
final class ReconcileLifecycle {
    private final Lanes lanes;
    private final DbSchedulerReconciler reconciler;

    ReconcileLifecycle(Database database, Clock clock, ReconcileConfig config) {
        this.lanes = new Lanes(config.workersPerProvider(), clock);
        this.reconciler = new DbSchedulerReconciler(database, clock, lanes);
    }

    @Produces
    @Singleton
    Lanes lanes() {
        return lanes;
    }

    @Produces
    @Singleton
    Reconciler reconciler() {
        return reconciler;
    }

    void start(
            @Observes StartupEvent event,
            Instance<Reconciler.Steps> kinds,
            ReconcileConfig config,
            MeterRegistry registry,
            ReplicaName replica) {
        if (config.enabled()) {
            List<Reconciler.Steps> all = kinds.stream().toList();
            reconciler.start(all, replica.get(), config, lag(registry));
        }
    }

    private static Timer lag(MeterRegistry registry) {
        return Timer.builder("mimiry.reconcile.lag")
                .description("How long after their time steps began on this replica")
                .publishPercentiles(0.5, 0.99)
                .register(registry);
    }

    void stop(@Observes ShutdownEvent event) {
        reconciler.close();
    }
}
