package com.mimiry.api;

import com.mimiry.platform.Transaction;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Makes a create with an {@code Idempotency-Key} happen once, in the very transaction that creates. */
@Singleton
public class IdempotencyKeys {
    private final IdempotencyStore store = new IdempotencyStore();
    private final Clock clock;
    private final Duration retention;

    @Inject
    IdempotencyKeys(Clock clock, ApiConfig config) {
        this(clock, config.idempotencyRetention());
    }

    /** For tests and code outside the container. */
    public IdempotencyKeys(Clock clock, Duration retention) {
        this.clock = clock;
        this.retention = retention;
    }

    /**
     * Claims {@code key} for a resource that is about to be created; a concurrent holder is waited for. Call it first in
     * the transaction: its lock lasts until the end.
     *
     * @param path what is created, such as {@code /api/compute/v1/sessions}; keys of different paths are apart
     * @param bodyHash from {@link CurrentRequest#bodyHash()}
     * @param resourceId the id that the new resource would get
     * @return the resource that was created under the key before; empty = go on and create
     * @throws ApiException 409 {@code idempotency_key_reused} where the key was used with another body
     */
    public Optional<UUID> claim(
            Transaction tx, UUID userId, String path, String key, String bodyHash, UUID resourceId) {
        Instant now = clock.instant();
        Instant forgotten = now.minus(retention);
        var holder = store.claim(tx, userId, path, key, bodyHash, resourceId, now, forgotten);
        requireSame(holder, bodyHash);
        if (!holder.resourceId().equals(resourceId)) {
            return Optional.of(holder.resourceId());
        }
        store.forget(tx, forgotten);
        return Optional.empty();
    }

    /**
     * What was created under a key before. Ask it first: what a repeat is answered must not depend on whether the same could
     * be created now.
     *
     * @throws ApiException as {@link #claim}
     */
    public Optional<UUID> created(Transaction tx, UUID userId, String path, String key, String bodyHash) {
        return store.find(tx, userId, path, key, clock.instant().minus(retention))
                .map(holder -> {
                    requireSame(holder, bodyHash);
                    return holder.resourceId();
                });
    }

    private static void requireSame(IdempotencyStore.Claimed holder, String bodyHash) {
        if (!holder.bodyHash().equals(bodyHash)) {
            throw new ApiException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "This Idempotency-Key was used with another body; use a new key for a new request.");
        }
    }
}
