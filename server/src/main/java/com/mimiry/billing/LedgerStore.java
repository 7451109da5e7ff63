package com.mimiry.billing;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Accounts, ledger transactions and postings. */
final class LedgerStore {
    /** Makes the organization's row and accounts where it has none. */
    void ensure(Transaction tx, UUID organizationId) {
        int made = tx.handle()
                .createUpdate("""
                        insert into billing_account (organization_id) values (:organization)
                        on conflict (organization_id) do nothing
                        """)
                .bind("organization", organizationId)
                .execute();
        if (made == 0) {
            return;
        }
        for (AccountKind kind : AccountKind.values()) {
            tx.handle()
                    .createUpdate("insert into account (organization_id, kind) values (:organization, :kind)")
                    .bind("organization", organizationId)
                    .bind("kind", kind.text())
                    .execute();
        }
    }

    /** Locks the organization's money until the transaction ends; empty where there is no row. */
    Optional<Funds> lock(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("""
                        select opened_at, suspended, depleted, last_entry_at from billing_account
                        where organization_id = :organization for no key update
                        """)
                .bind("organization", organizationId)
                .map((row, _) -> new Locked(
                        row.getObject("opened_at") != null,
                        row.getBoolean("suspended"),
                        row.getBoolean("depleted"),
                        time(row, "last_entry_at")))
                .findOne()
                .map(locked -> {
                    // A statement of its own: one that waited for the lock would still see the balances of before.
                    Billing.Balance balance = balances(tx, organizationId);
                    return new Funds(
                            organizationId,
                            locked.opened,
                            locked.suspended,
                            locked.depleted,
                            balance.available(),
                            balance.reserved(),
                            locked.lastEntryAt);
                });
    }

    /** The same without a lock, for showing. */
    Optional<Funds> read(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("""
                        select b.opened_at, b.suspended, b.depleted, b.last_entry_at, c.balance_micros as cash, r.balance_micros as reserved
                        from billing_account b
                        join account c on c.organization_id = b.organization_id and c.kind = 'cash'
                        join account r on r.organization_id = b.organization_id and r.kind = 'reserved'
                        where b.organization_id = :organization
                        """)
                .bind("organization", organizationId)
                .map((row, _) -> new Funds(
                        organizationId,
                        row.getObject("opened_at") != null,
                        row.getBoolean("suspended"),
                        row.getBoolean("depleted"),
                        new Money(row.getLong("cash")),
                        new Money(row.getLong("reserved")),
                        time(row, "last_entry_at")))
                .findOne();
    }

    void open(Transaction tx, UUID organizationId, Instant at) {
        tx.handle()
                .createUpdate("""
                        update billing_account set opened_at = :at
                        where organization_id = :organization and opened_at is null
                        """)
                .bind("organization", organizationId)
                .bind("at", utc(at))
                .execute();
    }

    void suspend(Transaction tx, UUID organizationId, boolean suspended) {
        tx.handle()
                .createUpdate("update billing_account set suspended = :suspended where organization_id = :organization")
                .bind("organization", organizationId)
                .bind("suspended", suspended)
                .execute();
    }

    /** Notes whether the end of the money was announced. */
    void depleted(Transaction tx, UUID organizationId, boolean depleted) {
        tx.handle()
                .createUpdate("update billing_account set depleted = :depleted where organization_id = :organization")
                .bind("organization", organizationId)
                .bind("depleted", depleted)
                .execute();
    }

    /**
     * Writes the transaction with its postings and counts it; one statement, since this is what is done most.
     *
     * @return false where this resource, kind and interval is booked already
     */
    boolean insert(Transaction tx, UUID id, Funds before, Entry entry, Instant at) {
        List<String> kinds =
                entry.changes().keySet().stream().map(AccountKind::text).toList();
        List<Long> amounts =
                entry.changes().values().stream().map(Money::micros).toList();
        return tx.handle()
                        .createUpdate("""
                        with entry as (
                            insert into ledger_transaction (id, organization_id, at, kind, resource_id, resource_kind,
                                interval_key, used_from, used_to, amount_micros, balance_after_micros, description)
                            values (:id, :organization, :at, :kind, :resource, :resourceKind, :interval,
                                :usedFrom, :usedTo, :amount, :after, :description)
                            on conflict (resource_id, kind, interval_key) do nothing
                            returning id, organization_id, at, amount_micros
                        ), posted as (
                            insert into posting (transaction_id, account_id, amount_micros)
                            select entry.id, a.id, e.amount
                            from entry, unnest(:kinds, :amounts) as e (kind, amount)
                            join account a on a.organization_id = :organization and a.kind = e.kind
                        )
                        update billing_account b set last_entry_at = entry.at,
                            entry_count = entry_count + case entry.amount_micros when 0 then 0 else 1 end
                        from entry where b.organization_id = entry.organization_id
                        """)
                        .bind("id", id)
                        .bind("organization", before.organizationId())
                        .bind("at", utc(at))
                        .bind("kind", entry.kind().text())
                        .bind("resource", entry.resourceId())
                        .bind("resourceKind", entry.resourceKind())
                        .bind("interval", entry.intervalKey())
                        .bind("usedFrom", entry.usedFrom() == null ? null : utc(entry.usedFrom()))
                        .bind("usedTo", entry.usedTo() == null ? null : utc(entry.usedTo()))
                        .bind("amount", entry.amount().micros())
                        .bind("after", before.balance().plus(entry.amount()).micros())
                        .bind("description", entry.description())
                        .bindArray("kinds", String.class, kinds)
                        .bindArray("amounts", Long.class, amounts)
                        .execute()
                > 0;
    }

    /** The transaction that was booked for the same resource, kind and interval. */
    Optional<BookedBefore> bookedBefore(Transaction tx, Entry entry) {
        return tx.handle()
                .createQuery("""
                        select id, amount_micros from ledger_transaction
                        where resource_id = :resource and kind = :kind and interval_key = :interval
                        """)
                .bind("resource", entry.resourceId())
                .bind("kind", entry.kind().text())
                .bind("interval", entry.intervalKey())
                .map((row, _) ->
                        new BookedBefore(row.getObject("id", UUID.class), new Money(row.getLong("amount_micros"))))
                .findOne();
    }

    /** What was given back of a resource's charges by hand. */
    Money refunded(Transaction tx, UUID resourceId) {
        return tx.handle()
                .createQuery("""
                        select coalesce(sum(amount_micros), 0)::bigint from ledger_transaction
                        where resource_id = :resource and kind = 'refund'
                        """)
                .bind("resource", resourceId)
                .map((row, _) -> new Money(row.getLong(1)))
                .one();
    }

    void insertEvent(Transaction tx, UUID id, UUID organizationId, Instant at, String type, Money mark, Money balance) {
        tx.handle()
                .createUpdate("""
                        insert into billing_event (id, organization_id, at, type, mark_micros, balance_micros)
                        values (:id, :organization, :at, :type, :mark, :balance)
                        """)
                .bind("id", id)
                .bind("organization", organizationId)
                .bind("at", utc(at))
                .bind("type", type)
                .bind("mark", mark.micros())
                .bind("balance", balance.micros())
                .execute();
    }

    /** What is wrong with the books; empty = nothing. Reads everything. */
    List<String> faults(Transaction tx) {
        return tx.handle()
                .createQuery("select fault from ledger_faults() limit 100")
                .mapTo(String.class)
                .list();
    }

    private static Billing.Balance balances(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("""
                        select c.balance_micros as cash, r.balance_micros as reserved
                        from account c join account r on r.organization_id = c.organization_id
                        where c.organization_id = :organization and c.kind = 'cash' and r.kind = 'reserved'
                        """)
                .bind("organization", organizationId)
                .map((row, _) -> {
                    Money cash = new Money(row.getLong("cash"));
                    Money reserved = new Money(row.getLong("reserved"));
                    return new Billing.Balance(cash.plus(reserved), reserved, cash);
                })
                .one();
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    record BookedBefore(UUID id, Money amount) {}

    private record Locked(
            boolean opened,
            boolean suspended,
            boolean depleted,
            @Nullable Instant lastEntryAt) {}
}
