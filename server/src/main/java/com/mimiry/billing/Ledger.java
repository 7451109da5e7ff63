package com.mimiry.billing;

import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.time.Clock;
import java.time.Instant;
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
        Funds after = refilled(tx, entry, funds.after(entry, at));
        return new Booked(announced(tx, funds, after), Optional.of(id));
    }

    /** Money that was paid in ends a fall: the next one is announced again. */
    private Funds refilled(Transaction tx, Entry entry, Funds after) {
        boolean paidIn = switch (entry.kind()) {
            case CREDIT, REFUND, ADJUSTMENT -> entry.amount().micros() > 0;
            case HOLD, RELEASE, USAGE, CORRECTION -> false;
        };
        if (!after.depleted() || !paidIn || after.balance().micros() <= 0) {
            return after;
        }
        store.depleted(tx, after.organizationId(), false);
        return after.withDepleted(false);
    }

    UUID newId() {
        return ids.next();
    }

    private Funds announced(Transaction tx, Funds before, Funds after) {
        for (Money mark : marks) {
            if (fellTo(mark, before, after)) {
                insertEvent(tx, after, "low_balance", mark);
            }
        }
        return fellTo(Money.ZERO, before, after) ? announceDepleted(tx, after) : after;
    }

    /** Announces the end of the money, once until money is paid in; under the lock that {@code funds} came with. */
    Funds announceDepleted(Transaction tx, Funds funds) {
        if (funds.depleted()) {
            return funds;
        }
        insertEvent(tx, funds, "balance_depleted", Money.ZERO);
        store.depleted(tx, funds.organizationId(), true);
        return funds.withDepleted(true);
    }

    private void insertEvent(Transaction tx, Funds funds, String type, Money mark) {
        Instant at = funds.entryTime(clock.instant());
        store.insertEvent(tx, ids.next(), funds.organizationId(), at, type, mark, funds.balance());
    }

    private static boolean fellTo(Money mark, Funds before, Funds after) {
        return before.balance().compareTo(mark) > 0 && after.balance().compareTo(mark) <= 0;
    }

    /** @param id of the ledger transaction; empty where nothing was booked */
    record Booked(Funds funds, Optional<UUID> id) {}
}
