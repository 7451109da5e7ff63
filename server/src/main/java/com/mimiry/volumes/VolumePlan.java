package com.mimiry.volumes;

import com.mimiry.providers.VolumeProvider.State;
import com.mimiry.volumes.VolumeDecision.NoteAbsence;
import com.mimiry.volumes.VolumeDecision.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Where a volume's life is decided: a pure function of its row, what its provider's listing shows, and the time. It may be
 * asked any number of times, after any crash; the effects are in {@link VolumeSteps}.
 */
final class VolumePlan {
    private static final Duration SOON = Duration.ofMillis(300);
    private static final Duration UNSEEN = Duration.ofSeconds(2);
    private static final Duration LOOKED_WITHIN = Duration.ofSeconds(15);
    private static final Duration DESTROY_AGAIN = Duration.ofSeconds(10);

    private VolumePlan() {}

    /**
     * @param absenceGap between the two complete listings that prove a volume gone
     * @param absenceAge how long ago it must have been asked for before a listing without it proves that it was not made
     * @param provisionTimeout after which no more tries are made
     */
    record Policy(Duration absenceGap, Duration absenceAge, Duration provisionTimeout) {}

    /** Whether {@link #next} needs to see the provider's listing. */
    static boolean looks(Volume volume) {
        if (volume.deleteRequested()) {
            return volume.state() != VolumeState.DELETED && volume.asked().destroyAt() != null;
        }
        return switch (volume.state()) {
            case SUBMITTED -> volume.asked().createAt() != null;
            case PROVISIONED -> volume.asked().absentSince() != null;
            case DELETED, FAILED -> false;
        };
    }

    static VolumeDecision next(Volume volume, VolumeSight sight, Policy policy, Instant now) {
        if (volume.state() == VolumeState.DELETED) {
            return new VolumeDecision.Finished();
        }
        if (volume.deleteRequested()) {
            return deleting(volume, sight, policy, now);
        }
        return switch (volume.state()) {
            case SUBMITTED -> making(volume, sight, policy, now);
            case PROVISIONED -> there(volume, sight, policy);
            case FAILED, DELETED -> new VolumeDecision.Finished();
        };
    }

    private static VolumeDecision making(Volume volume, VolumeSight sight, Policy policy, Instant now) {
        Instant asked = volume.asked().createAt();
        boolean late = now.isAfter(volume.times().createdAt().plus(policy.provisionTimeout()));
        if (asked == null) {
            return late ? late(policy) : new VolumeDecision.Create();
        }
        Instant provable = asked.plus(policy.absenceAge());
        return switch (sight) {
            case VolumeSight.Unseen _ -> new Pause(UNSEEN);
            case VolumeSight.Listed(var held) when held.state() == State.READY -> new VolumeDecision.Adopt(held);
            case VolumeSight.Listed _ when late -> askToEnd(volume, now);
            case VolumeSight.Listed _ -> now.isBefore(provable) ? new Pause(SOON) : new VolumeDecision.Create();
            case VolumeSight.Absent(Instant listedAt) when listedAt.isBefore(provable) -> new Pause(SOON);
            case VolumeSight.Absent _ -> late ? late(policy) : new VolumeDecision.Create();
        };
    }

    private static VolumeDecision late(Policy policy) {
        return new VolumeDecision.Fail("The provider did not make the volume within %d minutes."
                .formatted(policy.provisionTimeout().toMinutes()));
    }

    private static VolumeDecision there(Volume volume, VolumeSight sight, Policy policy) {
        Instant missing = volume.asked().absentSince();
        if (missing != null) {
            return switch (sight) {
                case VolumeSight.Unseen _ -> new Pause(UNSEEN);
                case VolumeSight.Listed _ -> new NoteAbsence(null);
                case VolumeSight.Absent(Instant listedAt) -> missedAgain(missing, listedAt, policy);
            };
        }
        return volume.wantedGb() > volume.sizeGb() ? new VolumeDecision.Resize() : new VolumeDecision.Rest();
    }

    /** Nobody asked for its end. Two listings that lie far apart may both be wrong, and it may have been there between them. */
    private static VolumeDecision missedAgain(Instant missing, Instant listedAt, Policy policy) {
        Instant provable = missing.plus(policy.absenceGap());
        if (listedAt.isBefore(provable)) {
            return new Pause(SOON);
        }
        return listedAt.isAfter(provable.plus(LOOKED_WITHIN))
                ? new NoteAbsence(listedAt)
                : new VolumeDecision.Vanish(missing);
    }

    private static VolumeDecision deleting(Volume volume, VolumeSight sight, Policy policy, Instant now) {
        if (volume.operation() != VolumeOperation.DELETING) {
            return new VolumeDecision.ShowDeleting();
        }
        Instant asked = volume.asked().destroyAt();
        if (asked == null) {
            return new VolumeDecision.Destroy();
        }
        return switch (sight) {
            case VolumeSight.Unseen _ -> new Pause(UNSEEN);
            case VolumeSight.Listed _ ->
                volume.asked().absentSince() != null ? new NoteAbsence(null) : askToEnd(volume, now);
            case VolumeSight.Absent(Instant listedAt) -> absent(volume, asked, listedAt, policy);
        };
    }

    private static VolumeDecision askToEnd(Volume volume, Instant now) {
        Instant asked = volume.asked().destroyAt();
        return asked != null && now.isBefore(asked.plus(DESTROY_AGAIN))
                ? new Pause(UNSEEN)
                : new VolumeDecision.Destroy();
    }

    private static VolumeDecision absent(Volume volume, Instant asked, Instant listedAt, Policy policy) {
        Instant since = volume.asked().absentSince();
        if (since == null || since.isBefore(asked)) {
            return listedAt.isBefore(asked) ? new Pause(SOON) : new NoteAbsence(listedAt);
        }
        Instant made = Objects.requireNonNullElse(volume.asked().createAt(), Instant.EPOCH);
        boolean oldEnough =
                volume.times().provisionedAt() != null || !listedAt.isBefore(made.plus(policy.absenceAge()));
        boolean seenTwice = !listedAt.isBefore(since.plus(policy.absenceGap()));
        return oldEnough && seenTwice ? new VolumeDecision.Close(since) : new Pause(SOON);
    }
}
