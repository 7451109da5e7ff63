package com.mimiry.volumes;

import com.mimiry.platform.Money;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.volumes.VolumePlan.Policy;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A volume's row, to be set field by field; starts as one that was just accepted. */
final class VolumeFixture {
    static final Instant T0 = Instant.parse("2026-05-01T12:00:00Z");
    static final Policy POLICY = new Policy(Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofMinutes(10));

    final UUID id = new UUID(5, 5);
    VolumeState state = VolumeState.SUBMITTED;
    VolumeOperation operation = VolumeOperation.PROVISIONING;
    int sizeGb = 10;
    int wantedGb = 10;

    @Nullable UUID attachedTo;

    @Nullable Instant createAskedAt;

    @Nullable Instant destroyAskedAt;

    @Nullable Instant absentSince;

    @Nullable Instant provisionedAt;

    @Nullable Instant deleteRequestedAt;

    static VolumeFixture ready() {
        VolumeFixture volume = new VolumeFixture();
        volume.state = VolumeState.PROVISIONED;
        volume.operation = VolumeOperation.NONE;
        volume.createAskedAt = T0;
        volume.provisionedAt = T0;
        return volume;
    }

    VolumeFixture deleting() {
        deleteRequestedAt = T0;
        operation = VolumeOperation.DELETING;
        return this;
    }

    Volume row() {
        return new Volume(
                id,
                1,
                new UUID(6, 6),
                new UUID(7, 7),
                "data",
                new Volume.Home("docker", "LOCAL-01", "xfs", "local", Money.ZERO, null),
                sizeGb,
                wantedGb,
                Money.ofEuros("0.01"),
                state,
                operation,
                null,
                attachedTo,
                new Volume.Asked(createAskedAt, destroyAskedAt, absentSince),
                new Volume.Times(T0, T0, provisionedAt, deleteRequestedAt, null));
    }

    VolumeDecision next(VolumeSight sight, Instant now) {
        return VolumePlan.next(row(), sight, POLICY, now);
    }

    VolumeSight.Listed listed(VolumeProvider.State how) {
        return new VolumeSight.Listed(new VolumeProvider.Held(id, "local/" + id, "LOCAL-01", sizeGb, how, T0));
    }

    static Instant after(long seconds) {
        return T0.plusSeconds(seconds);
    }

    static VolumeSight.Absent absent(long seconds) {
        return new VolumeSight.Absent(after(seconds));
    }
}
