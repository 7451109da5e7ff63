package com.mimiry.oversight;

import com.mimiry.oversight.SweepReport.Count;
import com.mimiry.platform.Database;
import com.mimiry.platform.Snapshot;
import com.mimiry.providers.ProviderHealth;
import com.mimiry.providers.ProviderHealth.Health;
import com.mimiry.reconcile.WorkQueue;
import com.mimiry.reconcile.WorkQueue.Waiting;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Providers at {@code /metrics}: their queues and what they hold of the whole deployment, the same on every replica; calls
 * and states as this replica finds them.
 */
@Singleton
@Startup
final class ProviderMetrics {
    private static final Duration READ_EVERY = Duration.ofSeconds(15);

    private final MeterRegistry registry;
    private final Clock clock;
    private final ProviderHealth health;
    private final Snapshot<Map<String, Waiting>> queues;
    private final Snapshot<Map<String, SweepReport>> sweeps;

    ProviderMetrics(Database database, Clock clock, MeterRegistry registry, Sweeps sweeps, ProviderHealth health) {
        SweepStore store = new SweepStore();
        this.registry = registry;
        this.clock = clock;
        this.health = health;
        this.queues = new Snapshot<>(
                clock,
                READ_EVERY,
                () -> WorkQueue.byLane(database, clock.instant()).stream()
                        .collect(Collectors.toMap(Waiting::lane, Function.identity())));
        this.sweeps = new Snapshot<>(
                clock,
                READ_EVERY,
                () -> database.read(store::newest).stream()
                        .collect(Collectors.toMap(SweepReport::provider, Function.identity())));
        sweeps.providers().forEach(this::register);
    }

    private void register(String provider) {
        queue(provider, "rows", "Rows whose steps wait for the provider", Waiting::rows);
        queue(provider, "due", "Rows whose step for the provider should have been run by now", Waiting::due);
        queue(
                provider,
                "oldest.seconds",
                "How long the first due step for the provider has waited",
                waiting -> waiting.oldestDueAt() == null ? 0 : age(waiting.oldestDueAt()));
        health(provider, "state", "0 = ok, 1 = the last call failed, 2 = left alone", each -> number(each.state()));
        health(provider, "calls.in.flight", "Calls that wait for the provider's answer", Health::inFlight);
        counter(provider, "calls", "Calls of the provider", Health::calls);
        counter(provider, "failures", "Calls of the provider that failed", Health::failures);
        counter(provider, "rate.limited", "Calls that the provider refused as too many", Health::rateLimited);
        gauge(
                provider,
                "balance",
                "What our account at the provider holds, in its currency",
                () -> here(provider)
                        .flatMap(each -> Optional.ofNullable(each.balance()))
                        .map(each -> each.amount().doubleValue()));
        sweep(provider, "resources", "What the provider held for us at the last sweep", SweepReport::held);
        sweep(
                provider,
                "unaccounted",
                "Things at the provider, or missing there, that the last sweep did not find as they should be",
                SweepReport::notAccountedFor);
        sweep(
                provider,
                "foreign",
                "Things at the provider that are not ours",
                report -> report.counts().stream().mapToInt(Count::foreign).sum());
        sweep(provider, "sweep.complete", "Whether the last sweep saw everything", report -> report.complete() ? 1 : 0);
        sweep(provider, "sweep.age.seconds", "How long ago the last sweep was", report -> age(report.at()));
    }

    private static int number(ProviderHealth.State state) {
        return switch (state) {
            case OK -> 0;
            case DEGRADED -> 1;
            case OPEN -> 2;
        };
    }

    private double age(Instant since) {
        return Math.max(0, Duration.between(since, clock.instant()).toMillis()) / 1e3;
    }

    private void queue(String provider, String name, String description, ToDoubleFunction<Waiting> figure) {
        gauge(
                provider,
                "queue." + name,
                description,
                () -> queues.get()
                        .map(all -> Optional.ofNullable(all.get(provider))
                                .map(figure::applyAsDouble)
                                .orElse(0.0)));
    }

    private void sweep(String provider, String name, String description, ToDoubleFunction<SweepReport> figure) {
        gauge(
                provider,
                name,
                description,
                () -> sweeps.get()
                        .flatMap(all -> Optional.ofNullable(all.get(provider)))
                        .map(figure::applyAsDouble));
    }

    private void health(String provider, String name, String description, ToDoubleFunction<Health> figure) {
        gauge(provider, name, description, () -> here(provider).map(figure::applyAsDouble));
    }

    private Optional<Health> here(String provider) {
        return health.here().stream()
                .filter(each -> each.provider().equals(provider))
                .findFirst();
    }

    private void gauge(String provider, String name, String description, Supplier<Optional<Double>> figure) {
        Gauge.builder("mimiry.provider." + name, () -> figure.get().orElse(Double.NaN))
                .description(description)
                .tag("provider", provider)
                .register(registry);
    }

    private void counter(String provider, String name, String description, ToDoubleFunction<Health> figure) {
        FunctionCounter.builder(
                        "mimiry.provider." + name,
                        this,
                        self -> self.here(provider).map(figure::applyAsDouble).orElse(0.0))
                .description(description)
                .tag("provider", provider)
                .register(registry);
    }
}
