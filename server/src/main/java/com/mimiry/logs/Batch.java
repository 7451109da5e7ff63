package com.mimiry.logs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is stored in one transaction: output, and how far the engine's log has been consumed with it.
 *
 * @param stdout stdout's unfinished line, null = as it was
 * @param stderr stderr's
 * @param drained whether this is the rest
 */
record Batch(
        List<Item> items,
        Position position,
        @Nullable Remainder stdout,
        @Nullable Remainder stderr,
        boolean drained) {
    /** @param packed null = none */
    @SuppressWarnings("ArrayRecordComponent")
    record Remainder(byte @Nullable [] packed) {}
}
