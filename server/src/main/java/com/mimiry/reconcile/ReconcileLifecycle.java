package com.mimiry.reconcile;

import com.mimiry.platform.Database;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Starts the reconciler when everything that it drives is there, and stops it first. */
@Singleton
final class ReconcileLifecycle {
    private final DbSchedulerReconciler reconciler;

    ReconcileLifecycle(Database database, Clock clock) {
        this.reconciler = new DbSchedulerReconciler(database, clock);
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
            @ConfigProperty(name = "mimiry.data-dir") String dataDirectory) {
        if (config.enabled()) {
            List<Reconciler.Steps> all = kinds.stream().toList();
            // The data directory is locked by its one server, so the name cannot be another living replica's.
            reconciler.start(all, hostName() + ":" + dataDirectory, config, lag(registry));
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

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }
}
