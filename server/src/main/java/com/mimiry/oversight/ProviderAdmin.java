package com.mimiry.oversight;

import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.providers.Provider.Balance;
import com.mimiry.providers.Provider.Rate;
import com.mimiry.providers.ProviderHealth;
import com.mimiry.providers.ProviderHealth.Health;
import com.mimiry.reconcile.DbSchedulerReconciler;
import com.mimiry.reconcile.WorkQueue;
import com.mimiry.reconcile.WorkQueue.Waiting;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What an operator learns of providers from the database alone, and how one asks the servers on it for more. */
public final class ProviderAdmin {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Database database;
    private final Clock clock;
    private final Ids ids;
    private final SweepStore store = new SweepStore();

    public ProviderAdmin(Database database, Clock clock, Ids ids) {
        this.database = database;
        this.clock = clock;
        this.ids = ids;
    }

    /**
     * How a provider is.
     *
     * @param state {@code ok}; {@code degraded}: the last call failed; {@code open}: it is left alone for a while
     * @param since when the state became so
     * @param lastError in the provider's words; null = none since the servers' start
     * @param openUntil until when it is left alone; null = it is asked
     * @param calls since the servers' start, as are failures and those that it refused as too many
     * @param inFlight calls that wait for its answer now
     * @param rate how often it may be asked; null where it sets no limit
     * @param balance what our account there holds; null where the provider does not say
     * @param lastSweep null before the first
     * @param replicas how many servers use it
     */
    public record Listed(
            String name,
            String state,
            Instant since,
            @Nullable Instant lastSuccessAt,
            @Nullable String lastError,
            @Nullable Instant lastErrorAt,
            @Nullable Instant openUntil,
            long calls,
            long failures,
            long rateLimited,
            int inFlight,
            @Nullable RateJson rate,
            @Nullable BalanceJson balance,
            Queue queue,
            @Nullable LastSweep lastSweep,
            int replicas) {}

    /** @param nextAt when the next such call has its turn */
    public record RateJson(int perMinute, Instant nextAt) {}

    /**
     * @param at when the provider told it
     * @param low whether it has to be filled up: some providers end all machines of an empty account
     */
    public record BalanceJson(BigDecimal amount, String currency, Instant at, boolean low) {}

    /**
     * The work that waits for a provider, of all sessions, volumes and sweeps.
     *
     * @param rows that have steps to come
     * @param due those whose step should have been run by now
     * @param oldestDueAt since when the first of those waits; null = none does
     */
    public record Queue(long rows, long due, @Nullable Instant oldestDueAt) {}

    /** @param resources how many things of ours it holds */
    public record LastSweep(
            Instant at, boolean dryRun, boolean complete, int resources, int notAccountedFor, String summary) {}

    /** By name, as all servers that are alive found them a few seconds ago. */
    public List<Listed> list() {
        Instant now = clock.instant();
        Map<String, Waiting> queues =
                WorkQueue.byLane(database, now).stream().collect(Collectors.toMap(Waiting::lane, Function.identity()));
        Map<String, SweepReport> sweeps = database.read(store::newest).stream()
                .collect(Collectors.toMap(SweepReport::provider, Function.identity()));
        return ProviderHealth.everywhere(database, now).stream()
                .map(health -> listed(health, queues.get(health.provider()), sweeps.get(health.provider())))
                .toList();
    }

    private static Listed listed(Health health, @Nullable Waiting waiting, @Nullable SweepReport sweep) {
        Rate rate = health.rate();
        Balance balance = health.balance();
        return new Listed(
                health.provider(),
                health.state().text(),
                health.since(),
                health.lastSuccessAt(),
                health.lastError(),
                health.lastErrorAt(),
                health.openUntil(),
                health.calls(),
                health.failures(),
                health.rateLimited(),
                health.inFlight(),
                rate == null ? null : new RateJson(rate.perMinute(), rate.nextAt()),
                balance == null
                        ? null
                        : new BalanceJson(balance.amount(), balance.currency(), balance.at(), balance.low()),
                waiting == null
                        ? new Queue(0, 0, null)
                        : new Queue(waiting.rows(), waiting.due(), waiting.oldestDueAt()),
                sweep == null
                        ? null
                        : new LastSweep(
                                sweep.at(),
                                sweep.dryRun(),
                                sweep.complete(),
                                sweep.held(),
                                sweep.notAccountedFor(),
                                sweep.summary()),
                health.replicas());
    }

    /**
     * Asks the servers on this database to sweep a provider, and waits for what comes of it.
     *
     * @param dryRun whether only to look
     * @return empty where none took it up in time; then none will
     */
    public Optional<SweepReport> sweep(String provider, boolean dryRun, Duration patience) {
        UUID id = ids.next();
        DbSchedulerReconciler queue = new DbSchedulerReconciler(database, clock);
        database.useTransaction(tx -> {
            store.ask(tx, new SweepStore.Asked(id, provider, "command line", dryRun), clock.instant());
            queue.begin(tx, SweepSteps.KIND, id);
        });
        Instant until = clock.instant().plus(patience);
        while (clock.instant().isBefore(until)) {
            Optional<SweepReport> report = database.read(tx -> store.report(tx, id));
            if (report.isPresent()) {
                return report;
            }
            pause();
        }
        return database.inTransaction(tx -> store.withdraw(tx, id))
                ? Optional.empty()
                : database.read(tx -> store.report(tx, id));
    }

    /** What the timer last found at a provider, and did there: those things that were not as they should be. */
    public Optional<SweepReport> last(String provider) {
        return database.read(tx -> store.last(tx, provider));
    }

    private static void pause() {
        try {
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a sweep was waited for", e);
        }
    }
}
