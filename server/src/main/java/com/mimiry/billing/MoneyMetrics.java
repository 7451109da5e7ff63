package com.mimiry.billing;

import com.mimiry.platform.Database;
import com.mimiry.platform.Snapshot;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.function.ToDoubleFunction;

/** What operators see of money at {@code /metrics}: of the whole deployment, the same on every replica. */
@Singleton
@Startup
final class MoneyMetrics {
    private static final Duration READ_EVERY = Duration.ofSeconds(15);
    /** A meter that is so many posting intervals behind is not merely late. */
    private static final int INTERVALS_BEHIND = 10;

    private final Snapshot<MetricStore.Figures> figures;

    MoneyMetrics(Database database, Clock clock, BillingRules rules, MeterRegistry registry) {
        MetricStore store = new MetricStore();
        Duration behind = rules.postingInterval().multipliedBy(INTERVALS_BEHIND);
        this.figures = new Snapshot<>(
                clock,
                READ_EVERY,
                () -> database.read(tx -> store.figures(tx, clock.instant().minus(behind))));
        gauge(
                registry,
                "mimiry.ledger.sum.euros",
                "Sum over all accounts; anything but 0 is a fault",
                f -> euros(f.everything()));
        gauge(
                registry,
                "mimiry.billing.balance.euros",
                "What customers have left, holds included",
                f -> euros(f.balance()));
        gauge(registry, "mimiry.billing.reserved.euros", "What is held for things that run", f -> euros(f.reserved()));
        gauge(
                registry,
                "mimiry.billing.organizations.overdrawn",
                "Organizations below zero",
                MetricStore.Figures::overdrawn);
        gauge(
                registry,
                "mimiry.billing.meters.reserved",
                "Things that are paid for and do not run yet",
                MetricStore.Figures::waiting);
        gauge(registry, "mimiry.billing.meters.running", "Things that are charged now", MetricStore.Figures::running);
        gauge(
                registry,
                "mimiry.billing.meters.behind",
                "Running meters without a posting for ten posting intervals",
                MetricStore.Figures::behind);
    }

    private void gauge(
            MeterRegistry registry, String name, String description, ToDoubleFunction<MetricStore.Figures> figure) {
        Gauge.builder(
                        name,
                        figures,
                        from -> from.get().map(figure::applyAsDouble).orElse(Double.NaN))
                .description(description)
                .register(registry);
    }

    private static double euros(double micros) {
        return micros / 1e6;
    }
}
