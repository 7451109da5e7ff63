package com.mimiry.sessions;

import com.mimiry.providers.Provider;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.sessions.Observed.MachineSight;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The providers by name, and their complete machine listings, shared by all sessions that need one at about the same
 * time: providers limit how often they may be asked.
 */
@Singleton
final class MachineListings {
    private static final Logger LOG = Logger.getLogger(MachineListings.class);
    private static final Duration SHARED_FOR = Duration.ofMillis(150);
    private static final Duration SHARED_FOR_MAX = Duration.ofSeconds(1);

    private final Map<String, Source> sources;
    private final Clock clock;

    MachineListings(@Any Instance<Provider> providers, Clock clock) {
        this.sources = providers.stream().collect(Collectors.toMap(Provider::name, Source::new));
        this.clock = clock;
    }

    /** The provider of that name; empty where its configuration was removed. */
    Optional<Provider> provider(String name) {
        return Optional.ofNullable(sources.get(name)).map(source -> source.provider);
    }

    /** How a provider's newest listing shows a machine; absent only where the listing proves it. */
    MachineSight sight(String providerName, UUID tag) {
        Source source = sources.get(providerName);
        if (source == null) {
            LOG.warnf("provider %s is not configured; machine %s waits for it", providerName, tag);
            return new MachineSight.Unseen();
        }
        try {
            Listing listing = source.listing();
            Machine machine = listing.machines.get(tag);
            if (machine != null) {
                return new MachineSight.Listed(machine);
            }
            return listing.provesAbsent.test(tag)
                    ? new MachineSight.Absent(listing.begunAt)
                    : new MachineSight.Unseen();
        } catch (ProviderFailure e) {
            LOG.warnf("provider %s gives no complete listing: %s", providerName, e.getMessage());
            return new MachineSight.Unseen();
        }
    }

    /** What is seen at a provider, no older than a moment. */
    Listing listing(Provider provider) {
        return Objects.requireNonNull(sources.get(provider.name())).listing();
    }

    /** As {@link Provider.Listing}, by tag. */
    record Listing(
            Instant begunAt, Map<UUID, Machine> machines, Predicate<UUID> provesAbsent, int foreign, String gaps) {}

    private final class Source {
        private final Provider provider;
        private final ReentrantLock asking = new ReentrantLock();
        private @Nullable Listing newest;
        private Instant sharedUntil = Instant.EPOCH;

        Source(Provider provider) {
            this.provider = provider;
        }

        /** For as long again as it took, within limits: listing very many machines must not take all the time there is. */
        private static Instant sharedUntil(Instant begun, Instant done) {
            Duration taken = Duration.between(begun, done);
            Instant again = done.plus(taken.compareTo(SHARED_FOR_MAX) > 0 ? SHARED_FOR_MAX : taken);
            Instant atLeast = begun.plus(SHARED_FOR);
            return again.isAfter(atLeast) ? again : atLeast;
        }

        Listing listing() {
            asking.lock();
            try {
                Instant now = clock.instant();
                Listing last = newest;
                if (last != null && now.isBefore(sharedUntil)) {
                    return last;
                }
                Provider.Listing seen = provider.listing();
                Map<UUID, Machine> machines = seen.machines().stream()
                        .collect(Collectors.toMap(Machine::tag, Function.identity(), (first, _) -> first));
                Listing listing = new Listing(now, machines, seen.provesAbsent(), seen.foreign(), seen.gaps());
                newest = listing;
                sharedUntil = sharedUntil(now, clock.instant());
                return listing;
            } finally {
                asking.unlock();
            }
        }
    }
}
