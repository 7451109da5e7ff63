package com.mimiry.providers.docker;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a replica found when it last looked at a host.
 *
 * @param configured whether it is one of the replica's configuration; others were added
 * @param fingerprint of its pinned host key; "" where it has none
 * @param gpus such as {@code 8 × H100_80G_SXM}; of a silent host, as they were last seen; "" = none
 * @param simulated whether these are declared or made up
 * @param silence null = it answers
 */
record HostSight(
        String host,
        String uri,
        boolean configured,
        String fingerprint,
        String gpus,
        boolean simulated,
        @Nullable Silence silence) {
    /** @param since the first look that found it silent */
    record Silence(Instant since, String words) {}

    /** Both together: who finds it silent is heard, the longest first. */
    HostSight and(HostSight other) {
        Silence mine = silence;
        Silence others = other.silence;
        if (others == null || (mine != null && !others.since().isBefore(mine.since()))) {
            return this;
        }
        return other;
    }
}
