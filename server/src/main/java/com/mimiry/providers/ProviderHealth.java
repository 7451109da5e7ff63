package com.mimiry.providers;

import com.mimiry.platform.Database;
import com.mimiry.platform.ReplicaName;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How each provider answers this replica. Written down every few seconds, so that any replica, and the command line, can
 * show how all of them find it.
 */
@Singleton
public final class ProviderHealth {
    private static final Logger LOG = Logger.getLogger(ProviderHealth.class);
    private static final Duration WRITE_EVERY = Duration.ofSeconds(5);
    /** Who has written nothing for so long is no replica any more. */
    private static final Duration SILENT_MAX = Duration.ofMinutes(1);

    private final Database database;
    private final Clock clock;
    private final ReplicaName replica;
    private final ProviderStateStore store = new ProviderStateStore();
    private final Map<String, Watched> watched = new ConcurrentHashMap<>();
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("provider-states").factory());

    public ProviderHealth(Database database, Clock clock, ReplicaName replica) {
        this.database = database;
        this.clock = clock;
        this.replica = replica;
    }

    public enum State {
        OK,
        /** It answers, or did lately, but the last call failed. */
        DEGRADED,
        /** It is not asked for a while, since it did not answer. */
        OPEN;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How a provider answers, as one replica found it or all together.
     *
     * @param since when the state became so
     * @param lastError in the provider's words; null = none since the start
     * @param openUntil until when it is left alone; null = it is not
     * @param calls since the start, as are failures and those that it refused as too many
     * @param inFlight calls that wait for its answer now
     * @param rate null where it sets none
     * @param balance of the operator's account, as last told; null where that is not known
     */
    public record Health(
            String provider,
            State state,
            Instant since,
            @Nullable Instant lastSuccessAt,
            @Nullable String lastError,
            @Nullable Instant lastErrorAt,
            @Nullable Instant openUntil,
            long calls,
            long failures,
            long rateLimited,
            int inFlight,
            Provider.@Nullable Rate rate,
            Provider.@Nullable Balance balance,
            int replicas) {
        /** Both together; the worse state counts. */
        Health and(Health other) {
            Health worse = state.compareTo(other.state) >= 0 ? this : other;
            boolean mine = other.lastErrorAt == null || (lastErrorAt != null && lastErrorAt.isAfter(other.lastErrorAt));
            Health failed = mine ? this : other;
            return new Health(
                    provider,
                    worse.state,
                    worse.since,
                    later(lastSuccessAt, other.lastSuccessAt),
                    failed.lastError,
                    failed.lastErrorAt,
                    later(openUntil, other.openUntil),
                    calls + other.calls,
                    failures + other.failures,
                    rateLimited + other.rateLimited,
                    inFlight + other.inFlight,
                    rate == null ? other.rate : rate,
                    balance == null
                                    || (other.balance != null
                                            && other.balance.at().isAfter(balance.at()))
                            ? other.balance
                            : balance,
                    replicas + other.replicas);
        }

        private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
            return one == null || (other != null && other.isAfter(one)) ? other : one;
        }
    }

    /** From the start on, every provider is shown, also those that were asked nothing yet. */
    void start(@Observes StartupEvent event, @All List<Provider> providers) {
        providers.forEach(this::watched);
        long everyNanos = WRITE_EVERY.toNanos();
        var _ = writer.scheduleWithFixedDelay(this::write, 0, everyNanos, TimeUnit.NANOSECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        writer.shutdownNow();
    }

    /** Makes a call and notes how it ends. */
    <T> T call(Provider provider, Supplier<T> call) {
        Watched noted = watched(provider);
        noted.began();
        try {
            T answer = call.get();
            noted.ended(null, clock.instant());
            return answer;
        } catch (RuntimeException e) {
            noted.ended(e, clock.instant());
            throw e;
        }
    }

    private Watched watched(Provider provider) {
        return watched.computeIfAbsent(provider.name(), _ -> new Watched(provider, clock.instant()));
    }

    /** As this replica finds them. */
    public Collection<Health> here() {
        return watched.values().stream()
                .map(each -> each.health(clock.instant()))
                .toList();
    }

    /** As all replicas that are alive found them a few seconds ago, by name. */
    public static List<Health> everywhere(Database database, Instant now) {
        return database.read(tx -> new ProviderStateStore().all(tx, now.minus(SILENT_MAX)));
    }

    private void write() {
        Instant now = clock.instant();
        for (Watched each : watched.values()) {
            try {
                Health health = each.health(now);
                Provider.Rate rate = each.provider.rate().orElse(null);
                database.useTransaction(tx -> {
                    store.write(tx, replica.get(), health, rate, now);
                    store.forget(tx, now.minus(SILENT_MAX));
                });
            } catch (RuntimeException e) {
                LOG.debugf(e, "the state of provider %s could not be written", each.provider.name());
            }
        }
    }

    /** The lock guards all fields. */
    private static final class Watched {
        private final Provider provider;
        private final ReentrantLock lock = new ReentrantLock();
        private State shown = State.OK;
        private Instant since;
        private @Nullable Instant lastSuccessAt;
        private @Nullable String lastError;
        private @Nullable Instant lastErrorAt;
        private boolean lastFailed;
        private long calls;
        private long failures;
        private long rateLimited;
        private int inFlight;

        Watched(Provider provider, Instant now) {
            this.provider = provider;
            this.since = now;
        }

        void began() {
            lock.lock();
            try {
                calls++;
                inFlight++;
            } finally {
                lock.unlock();
            }
        }

        void ended(@Nullable RuntimeException failure, Instant now) {
            lock.lock();
            try {
                inFlight--;
                lastFailed = failure != null && !isAnswer(failure);
                if (failure != null && lastFailed) {
                    failures++;
                    lastError = String.valueOf(failure.getMessage());
                    lastErrorAt = now;
                    if (failure instanceof ProviderFailure.RateLimited) {
                        rateLimited++;
                    }
                } else {
                    lastSuccessAt = now;
                }
            } finally {
                lock.unlock();
            }
            health(now);
        }

        /** Whether the provider did what it is there for, and said no. */
        private static boolean isAnswer(RuntimeException failure) {
            return failure instanceof ProviderFailure.NoCapacity || failure instanceof ProviderFailure.InvalidRequest;
        }

        Health health(Instant now) {
            Optional<Instant> openUntil = provider.leftAloneUntil();
            Provider.Balance balance = provider.balance().orElse(null);
            lock.lock();
            try {
                State state = openUntil.isPresent() ? State.OPEN : lastFailed ? State.DEGRADED : State.OK;
                if (state != shown) {
                    shown = state;
                    since = now;
                }
                return new Health(
                        provider.name(),
                        state,
                        since,
                        lastSuccessAt,
                        lastError,
                        lastErrorAt,
                        openUntil.orElse(null),
                        calls,
                        failures,
                        rateLimited,
                        inFlight,
                        null,
                        balance,
                        1);
            } finally {
                lock.unlock();
            }
        }
    }
}
