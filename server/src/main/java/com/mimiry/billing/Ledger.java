package com.mimiry.billing;

import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Books entries. An organization's money is locked before anything about it is decided, and by that alone concurrent
 * requests see each other's holds.
 */
final class Ledger {
    private final Clock clock;
    private final Ids ids;
    private final List<Money> marks;
    private final LedgerStore store = new LedgerStore();

    Ledger(Clock clock, Ids ids, List<Money> marks) {
        this.clock = clock;
        this.ids = ids;
        this.marks = marks;
    }

    /** Empty where the organization has no row yet. */
    Optional<Funds> lock(Transaction tx, UUID organizationId) {
        return store.lock(tx, organizationId);
    }

    /** As {@link #lock}, making the row where there is none. */
    Funds ensure(Transaction tx, UUID organizationId) {
        store.ensure(tx, organizationId);
        return store.lock(tx, organizationId).orElseThrow();
    }

    /**
     * Books an entry under the lock that {@code funds} came with. One that would move nothing, or is booked already, is
     * left out.
     *
     * @return the funds afterwards
     */
    Booked post(Transaction tx, Funds funds, Entry entry) {
        if (entry.changes().isEmpty()) {
            return new Booked(funds, Optional.empty());
        }
        var at = funds.entryTime(clock.instant());
        UUID id = ids.next();
        if (!store.insert(tx, id, funds, entry, at)) {
            return new Booked(funds, Optional.empty());
        }
        Funds after = funds.after(entry, at);
        announce(tx, funds, after);
        return new Booked(after, Optional.of(id));
    }

    UUID newId() {
        return ids.next();
    }

    private void announce(Transaction tx, Funds before, Funds after) {
        if (after.lastEntryAt() == null) {
            return;
        }
        for (Money mark : marks) {
            if (fellTo(mark, before, after)) {
                store.insertEvent(
                        tx,
                        ids.next(),
                        after.organizationId(),
                        after.lastEntryAt(),
                        "low_balance",
                        mark,
                        after.balance());
            }
        }
        if (fellTo(Money.ZERO, before, after)) {
            store.insertEvent(
                    tx,
                    ids.next(),
                    after.organizationId(),
                    after.lastEntryAt(),
                    "balance_depleted",
                    Money.ZERO,
                    after.balance());
        }
    }

    private static boolean fellTo(Money mark, Funds before, Funds after) {
        return before.balance().compareTo(mark) > 0 && after.balance().compareTo(mark) <= 0;
    }

    /** @param id of the ledger transaction; empty where nothing was booked */
    record Booked(Funds funds, Optional<UUID> id) {}
}
