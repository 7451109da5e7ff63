package com.mimiry.logs;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The answer to a replica that wants to capture a session. */
sealed interface Claim {
    /** Everything has been stored already. */
    record Drained() implements Claim {}

    /**
     * Another capture holds it.
     *
     * @param remaining until it would expire
     */
    record Held(Duration remaining) implements Claim {}

    /**
     * It is the caller's for as long as it renews.
     *
     * @param token to be shown with every write
     * @param stdout stdout's unfinished line as {@link PartialLine#restore} takes it
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Granted(UUID token, Position position, byte @Nullable [] stdout, byte @Nullable [] stderr)
            implements Claim {}
}
