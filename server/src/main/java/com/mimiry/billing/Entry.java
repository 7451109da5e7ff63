package com.mimiry.billing;

import com.mimiry.platform.Money;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A ledger transaction about to be booked.
 *
 * @param resourceId session or volume; the organization itself where neither is meant
 * @param resourceKind session or volume; null = the organization
 * @param intervalKey with resource and kind, what makes it happen only once
 * @param usedFrom start of the use that it is about; null where it is about none
 * @param usedTo end of that use
 * @param changes what each account changes by; adds up to zero
 */
record Entry(
        Kind kind,
        UUID resourceId,
        @Nullable String resourceKind,
        String intervalKey,
        @Nullable Instant usedFrom,
        @Nullable Instant usedTo,
        Map<AccountKind, Money> changes,
        String description) {
    enum Kind {
        CREDIT,
        REFUND,
        ADJUSTMENT,
        HOLD,
        RELEASE,
        USAGE,
        CORRECTION;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Entry {
        EnumMap<AccountKind, Money> moved = new EnumMap<>(AccountKind.class);
        changes.forEach((account, amount) -> {
            if (amount.micros() != 0) {
                moved.put(account, amount);
            }
        });
        changes = moved;
    }

    /** Money that goes from one account to another; a negative amount goes the other way. */
    static Map<AccountKind, Money> transfer(AccountKind from, AccountKind to, Money amount) {
        return Map.of(from, amount.negated(), to, amount);
    }

    Money change(AccountKind account) {
        return changes.getOrDefault(account, Money.ZERO);
    }

    /** What the customer's balance, holds included, changes by. */
    Money amount() {
        return change(AccountKind.CASH).plus(change(AccountKind.RESERVED));
    }
}
