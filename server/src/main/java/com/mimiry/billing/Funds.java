package com.mimiry.billing;

import com.mimiry.platform.Money;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An organization's money while its row is locked.
 *
 * @param opened whether money was ever paid in
 * @param depleted whether its end was announced since money last came in
 * @param lastEntryAt null where there is no entry yet
 */
record Funds(
        UUID organizationId,
        boolean opened,
        boolean suspended,
        boolean depleted,
        Money cash,
        Money reserved,
        @Nullable Instant lastEntryAt) {
    /** Paid in less charged. */
    Money balance() {
        return cash.plus(reserved);
    }

    Funds after(Entry entry, Instant at) {
        return new Funds(
                organizationId,
                opened,
                suspended,
                depleted,
                cash.plus(entry.change(AccountKind.CASH)),
                reserved.plus(entry.change(AccountKind.RESERVED)),
                at);
    }

    /** The same with more held, and so much less cash. */
    Funds withHeld(Money more) {
        return new Funds(
                organizationId, opened, suspended, depleted, cash.minus(more), reserved.plus(more), lastEntryAt);
    }

    Funds withDepleted(boolean isDepleted) {
        return new Funds(organizationId, opened, suspended, isDepleted, cash, reserved, lastEntryAt);
    }

    /** Times of entries never go back, whatever the clock does, so that every statement adds up. */
    Instant entryTime(Instant now) {
        return lastEntryAt == null || now.isAfter(lastEntryAt) ? now : lastEntryAt;
    }
}
