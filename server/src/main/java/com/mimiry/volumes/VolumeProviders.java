package com.mimiry.volumes;

import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Held;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The providers that have volumes, by name, and their complete listings, shared by all who need one at about the same time. */
@Singleton
final class VolumeProviders {
    private static final Logger LOG = Logger.getLogger(VolumeProviders.class);
    private static final Duration SHARED_FOR = Duration.ofMillis(500);

    private final Map<String, Source> sources = new TreeMap<>();
    private final Clock clock;

    VolumeProviders(@All List<Provider> providers, Clock clock) {
        this.clock = clock;
        for (Provider provider : providers) {
            provider.volumes().ifPresent(volumes -> sources.put(provider.name(), new Source(volumes)));
        }
    }

    /** Empty where the provider has none, or its configuration was removed. */
    Optional<VolumeProvider> of(String provider) {
        return Optional.ofNullable(sources.get(provider)).map(source -> source.volumes);
    }

    Map<String, VolumeProvider> all() {
        Map<String, VolumeProvider> all = new LinkedHashMap<>();
        sources.forEach((name, source) -> all.put(name, source.volumes));
        return all;
    }

    /** How a provider's newest complete listing shows a volume. */
    VolumeSight sight(Volume volume) {
        String provider = volume.home().provider();
        Source source = sources.get(provider);
        if (source == null) {
            LOG.warnf("provider %s is not configured; volume %s waits for it", provider, volume.id());
            return new VolumeSight.Unseen();
        }
        try {
            Listing listing = source.listing(clock);
            Held held = listing.volumes.get(volume.id());
            if (held != null) {
                return new VolumeSight.Listed(held);
            }
            return listing.provesAbsent.test(volume.id())
                    ? new VolumeSight.Absent(listing.begunAt)
                    : new VolumeSight.Unseen();
        } catch (ProviderFailure e) {
            LOG.warnf("provider %s gives no complete listing of volumes: %s", provider, e.getMessage());
            return new VolumeSight.Unseen();
        }
    }

    /**
     * A complete listing no older than a moment.
     *
     * @throws ProviderFailure where none is to be had
     */
    Listing listing(String provider) {
        Source source = sources.get(provider);
        if (source == null) {
            throw new ProviderFailure.Unavailable("provider " + provider + " is not configured", null);
        }
        return source.listing(clock);
    }

    /** As {@link VolumeProvider.Listing}, by tag. */
    record Listing(Instant begunAt, Map<UUID, Held> volumes, Predicate<UUID> provesAbsent, String gaps) {}

    private static final class Source {
        private final VolumeProvider volumes;
        private final ReentrantLock asking = new ReentrantLock();
        private @Nullable Listing newest;

        Source(VolumeProvider volumes) {
            this.volumes = volumes;
        }

        Listing listing(Clock clock) {
            asking.lock();
            try {
                Instant now = clock.instant();
                Listing last = newest;
                if (last != null && now.isBefore(last.begunAt.plus(SHARED_FOR))) {
                    return last;
                }
                Map<UUID, Held> all = new LinkedHashMap<>();
                VolumeProvider.Listing seen = volumes.listing();
                seen.volumes().forEach(held -> all.putIfAbsent(held.tag(), held));
                Listing listing = new Listing(now, all, seen.provesAbsent(), seen.gaps());
                newest = listing;
                return listing;
            } finally {
                asking.unlock();
            }
        }
    }
}
