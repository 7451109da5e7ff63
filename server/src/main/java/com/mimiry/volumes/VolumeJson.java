package com.mimiry.volumes;

import com.mimiry.platform.Money;
import com.mimiry.platform.Timestamps;
import java.math.BigDecimal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A volume as the API shows it; see the contract's "Volumes".
 *
 * @param attachedTo the session's id, or ""
 * @param hourlyRate for the whole volume
 */
record VolumeJson(
        UUID id,
        String name,
        String state,
        String operation,
        int sizeGb,
        String provider,
        String location,
        String volumeType,
        String attachedTo,
        BigDecimal hourlyRate,
        String currency,
        BigDecimal cost,
        @Nullable String error,
        UUID orgId,
        UUID userId,
        String createdAt,
        String updatedAt) {
    static VolumeJson of(Volume volume, Money cost) {
        UUID session = volume.attachedTo();
        return new VolumeJson(
                volume.id(),
                volume.name(),
                volume.state().text(),
                volume.operation().text(),
                volume.sizeGb(),
                volume.home().provider(),
                volume.home().location(),
                volume.home().type(),
                session == null ? "" : session.toString(),
                volume.hourlyRate().euros(),
                Money.CURRENCY,
                cost.euros(),
                volume.error(),
                volume.organizationId(),
                volume.userId(),
                Timestamps.format(volume.times().createdAt()),
                Timestamps.format(volume.times().updatedAt()));
    }
}
