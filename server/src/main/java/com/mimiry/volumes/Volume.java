package com.mimiry.volumes;

import com.mimiry.platform.Money;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A volume as its row says.
 *
 * @param id also its tag at the provider
 * @param version guards every write
 * @param home where it is; never changes
 * @param sizeGb what it has, in units of 2^30 bytes
 * @param wantedGb what it shall have: more while it grows
 * @param hourlyRate for all of {@code wantedGb}
 * @param attachedTo the session that has it; null = none
 */
record Volume(
        UUID id,
        long version,
        UUID organizationId,
        UUID userId,
        String name,
        Home home,
        int sizeGb,
        int wantedGb,
        Money hourlyRate,
        VolumeState state,
        VolumeOperation operation,
        @Nullable String error,
        @Nullable UUID attachedTo,
        Asked asked,
        Times times) {

    /**
     * @param place the provider's own name for where it is
     * @param monthlyCostPerGb what the provider takes
     * @param reference the provider's own name for the volume; null until it is there
     */
    record Home(
            String provider,
            String location,
            String type,
            String place,
            Money monthlyCostPerGb,
            @Nullable String reference) {}

    /**
     * What was asked of the provider.
     *
     * @param createAt when it was last asked to make it; null = never, or it is known that nothing came of it
     * @param destroyAt when it last accepted its end
     * @param absentSince begin of the first complete listing without it; null while it is listed
     */
    record Asked(
            @Nullable Instant createAt,
            @Nullable Instant destroyAt,
            @Nullable Instant absentSince) {}

    /** @param provisionedAt when it was there; it is paid for from then on */
    record Times(
            Instant createdAt,
            Instant updatedAt,
            @Nullable Instant provisionedAt,
            @Nullable Instant deleteRequestedAt,
            @Nullable Instant deletedAt) {}

    boolean deleteRequested() {
        return times.deleteRequestedAt() != null;
    }
}
