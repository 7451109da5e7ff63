package com.mimiry.catalog;

import com.mimiry.providers.Offer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Offers that have just failed to become a machine. Kept by each replica for itself: what one forgets in a restart costs
 * one more try.
 */
final class Cooldowns {
    private final Map<Key, Span> spans = new ConcurrentHashMap<>();
    private final Map<String, Instant> providers = new ConcurrentHashMap<>();
    private final Clock clock;

    Cooldowns(Clock clock) {
        this.clock = clock;
    }

    void begin(String provider, String location, String reference, int gpuCount, Duration duration) {
        Instant now = clock.instant();
        spans.values().removeIf(span -> span.end().isBefore(now));
        spans.put(new Key(provider, location, reference, gpuCount), new Span(now, now.plus(duration)));
    }

    /** All that a provider has. */
    void begin(String provider, Duration duration) {
        providers.put(provider, clock.instant().plus(duration));
    }

    /**
     * @param listedAt when the provider listed the offer: where it counts what is free, a count taken after the failure is
     *     the better witness
     */
    boolean isCooling(Offer offer, Instant listedAt) {
        if (clock.instant().isBefore(providers.getOrDefault(offer.provider(), Instant.MIN))) {
            return true;
        }
        Span span = spans.get(Key.of(offer));
        if (span == null || !clock.instant().isBefore(span.end())) {
            return false;
        }
        return offer.free().isEmpty() || !listedAt.isAfter(span.begin());
    }

    private record Key(String provider, String location, String reference, int gpuCount) {
        static Key of(Offer offer) {
            return new Key(offer.provider(), offer.location(), offer.reference(), offer.gpuCount());
        }
    }

    private record Span(Instant begin, Instant end) {}
}
