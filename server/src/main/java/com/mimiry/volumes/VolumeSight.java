package com.mimiry.volumes;

import com.mimiry.providers.VolumeProvider.Held;
import java.time.Instant;

/** A provider's complete listing, as far as one volume is concerned. */
sealed interface VolumeSight {
    /** No complete listing was to be had, or none was needed. */
    record Unseen() implements VolumeSight {}

    record Listed(Held held) implements VolumeSight {}

    /** @param listedAt when the listing without it began */
    record Absent(Instant listedAt) implements VolumeSight {}
}
