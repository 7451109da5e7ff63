package com.mimiry.providers.verda;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What we know of one volume that was wanted at Verda.
 *
 * @param location null where only its end was ever asked for
 * @param sizeGb 0 where unknown
 * @param sentAt when the create went out; null = it did not, or it is clear that nothing came of it
 * @param volumeId Verda's id for it; null while none is known
 */
record VerdaVolume(
        UUID tag,
        @Nullable String location,
        int sizeGb,
        Instant createdAt,
        @Nullable Instant sentAt,
        @Nullable UUID volumeId,
        @Nullable Instant destroyAskedAt,
        @Nullable Instant goneAt) {
    /** Whether nothing may be made of it any more. */
    boolean isOver() {
        return destroyAskedAt != null || goneAt != null;
    }
}
