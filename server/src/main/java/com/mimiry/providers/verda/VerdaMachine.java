package com.mimiry.providers.verda;

import com.mimiry.providers.Provider.Ended;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What we know of one machine that was wanted at Verda.
 *
 * @param gpus -1 where unknown
 * @param hostPublicKey in OpenSSH's one-line form; null where only its end was ever asked for
 * @param sentAt when the create went out; null = it did not
 * @param refusedAt when it was clear that nothing was made
 * @param ranAt when it was first seen running with an address
 * @param ended why Verda ended it by itself; null where it did not, as far as we know
 */
record VerdaMachine(
        UUID tag,
        boolean spot,
        int gpus,
        long memoryBytes,
        @Nullable String hostPublicKey,
        Instant createdAt,
        @Nullable UUID scriptId,
        @Nullable Instant sentAt,
        @Nullable Instant refusedAt,
        @Nullable UUID instanceId,
        @Nullable Instant launchedAt,
        @Nullable UUID osVolumeId,
        @Nullable String ip,
        @Nullable Instant ranAt,
        @Nullable Instant destroyAskedAt,
        @Nullable Instant goneAt,
        @Nullable Instant scriptDeletedAt,
        @Nullable Ended ended) {
    /** Whether its life at Verda is over, or never began. */
    boolean isOver() {
        return goneAt != null || refusedAt != null;
    }
}
