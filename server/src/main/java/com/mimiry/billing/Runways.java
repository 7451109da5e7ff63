package com.mimiry.billing;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * What organizations with very many meters have left, read once for the many who ask. Each of their sessions asks every few
 * seconds, and the answer takes all their meters, so reading them anew would take the square of their number. What has been
 * read stays true for a while: money that is used or booked meanwhile was counted on. Only what begins, ends or is paid in
 * those seconds is seen later.
 */
final class Runways {
    /** Below it, reading anew is cheap. */
    private static final int MANY = 200;

    private static final Duration SHARED_FOR = Duration.ofSeconds(5);

    private final ConcurrentMap<Spender, Runway> shared = new ConcurrentHashMap<>();

    record Spender(UUID organizationId, UUID userId) {}

    Runway of(Spender spender, Instant now, Supplier<Runway> read) {
        Runway known = shared.get(spender);
        if (known != null
                && !now.isBefore(known.readAt())
                && now.isBefore(known.readAt().plus(SHARED_FOR))) {
            return known;
        }
        Runway fresh = read.get();
        if (fresh.openMeters() < MANY) {
            shared.remove(spender);
        } else {
            shared.put(spender, fresh);
        }
        return fresh;
    }
}
