package com.mimiry.volumes;

import com.mimiry.providers.VolumeProvider.Held;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What {@link VolumePlan} wants done next, exactly one thing. */
sealed interface VolumeDecision {
    /** Look again later. */
    record Pause(Duration duration) implements VolumeDecision {}

    /** Nothing to do but to be paid for. */
    record Rest() implements VolumeDecision {}

    /** Nothing is left to be done. */
    record Finished() implements VolumeDecision {}

    /** Ask the provider to make it; its absence is proven. */
    record Create() implements VolumeDecision {}

    /** The provider has it. */
    record Adopt(Held held) implements VolumeDecision {}

    /** It could not be made, and nothing of it is there. */
    record Fail(String error) implements VolumeDecision {}

    /** Ask the provider to give it its wanted size. */
    record Resize() implements VolumeDecision {}

    /** Nothing has it any more: go on to delete it. */
    record ShowDeleting() implements VolumeDecision {}

    /** Ask the provider to end it. */
    record Destroy() implements VolumeDecision {}

    /** @param since the begin of the first listing without it; null = it is listed again */
    record NoteAbsence(@Nullable Instant since) implements VolumeDecision {}

    /** Nobody asked for its end, and it is proven gone since then. */
    record Vanish(Instant since) implements VolumeDecision {}

    /** It is proven gone; the bill ends where it was first seen absent. */
    record Close(Instant absentSince) implements VolumeDecision {}
}
