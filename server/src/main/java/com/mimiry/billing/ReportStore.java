package com.mimiry.billing;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is shown of the ledger: transactions, statements, use, events, the audit log. */
final class ReportStore {
    /** Newest first. */
    List<LedgerLine> transactions(Transaction tx, UUID organizationId, LineFilter filter, int limit, int offset) {
        return tx.handle()
                .createQuery("""
                        select id, at, kind, resource_id, resource_kind, used_from, used_to, amount_micros,
                            balance_after_micros, description
                        from ledger_transaction
                        where organization_id = :organization and amount_micros <> 0
                            and (cardinality(:kinds) = 0 or kind = any(:kinds))
                            and at >= :from and at < :to
                            and (:resource::uuid is null or resource_id = :resource::uuid)
                        order by seq desc limit :limit offset :offset
                        """)
                .bind("organization", organizationId)
                .bindArray("kinds", String.class, filter.kinds())
                .bind("from", LedgerStore.utc(filter.from()))
                .bind("to", LedgerStore.utc(filter.to()))
                .bind("resource", filter.resourceId())
                .bind("limit", limit)
                .bind("offset", offset)
                .map((row, _) -> line(row))
                .list();
    }

    long count(Transaction tx, UUID organizationId, LineFilter filter) {
        if (filter.equals(LineFilter.ALL)) {
            return tx.handle()
                    .createQuery("select entry_count from billing_account where organization_id = :organization")
                    .bind("organization", organizationId)
                    .mapTo(Long.class)
                    .findOne()
                    .orElse(0L);
        }
        return tx.handle()
                .createQuery("""
                        select count(*) from ledger_transaction
                        where organization_id = :organization and amount_micros <> 0
                            and (cardinality(:kinds) = 0 or kind = any(:kinds))
                            and at >= :from and at < :to
                            and (:resource::uuid is null or resource_id = :resource::uuid)
                        """)
                .bind("organization", organizationId)
                .bindArray("kinds", String.class, filter.kinds())
                .bind("from", LedgerStore.utc(filter.from()))
                .bind("to", LedgerStore.utc(filter.to()))
                .bind("resource", filter.resourceId())
                .mapTo(Long.class)
                .one();
    }

    /** The balance after the last entry before an instant; zero where there was none. */
    Money balanceBefore(Transaction tx, UUID organizationId, Instant at) {
        return tx.handle()
                .createQuery("""
                        select balance_after_micros from ledger_transaction
                        where organization_id = :organization and at < :at and amount_micros <> 0
                        order by at desc, seq desc limit 1
                        """)
                .bind("organization", organizationId)
                .bind("at", LedgerStore.utc(at))
                .map((row, _) -> new Money(row.getLong(1)))
                .findOne()
                .orElse(Money.ZERO);
    }

    Money sum(Transaction tx, UUID organizationId, Instant from, Instant to) {
        return tx.handle()
                .createQuery("""
                        select coalesce(sum(amount_micros), 0)::bigint from ledger_transaction
                        where organization_id = :organization and at >= :from and at < :to and amount_micros <> 0
                        """)
                .bind("organization", organizationId)
                .bind("from", LedgerStore.utc(from))
                .bind("to", LedgerStore.utc(to))
                .map((row, _) -> new Money(row.getLong(1)))
                .one();
    }

    /** One line for each resource's use, one for each other entry; oldest first. */
    List<Statement.Line> statementLines(Transaction tx, UUID organizationId, Instant from, Instant to, int limit) {
        return tx.handle()
                .createQuery("""
                        select case when kind = 'correction' then 'usage' else kind end as type,
                            case when resource_kind is null then null else resource_id end as resource_id, resource_kind,
                            min(at) as first_at, max(description) as description,
                            coalesce(sum(extract(epoch from used_to - used_from)
                                * case kind when 'correction' then -1 else 1 end), 0)::bigint as seconds,
                            sum(amount_micros)::bigint as amount
                        from ledger_transaction
                        where organization_id = :organization and at >= :from and at < :to and amount_micros <> 0
                        group by 1, 2, 3, case when kind in ('usage', 'correction') then null else id end
                        order by min(seq) limit :limit
                        """)
                .bind("organization", organizationId)
                .bind("from", LedgerStore.utc(from))
                .bind("to", LedgerStore.utc(to))
                .bind("limit", limit)
                .map((row, _) -> new Statement.Line(
                        Objects.requireNonNull(LedgerStore.time(row, "first_at")),
                        row.getString("type"),
                        row.getString("description"),
                        row.getObject("resource_id", UUID.class),
                        row.getString("resource_kind"),
                        row.getLong("seconds"),
                        new Money(row.getLong("amount"))))
                .list();
    }

    /** @param group day, user, session or gpu */
    List<UsageLine> usage(
            Transaction tx, UUID organizationId, String group, LocalDate first, LocalDate last, int limit) {
        return tx.handle()
                .createQuery("""
                        select case :group when 'day' then day::text when 'user' then user_id::text
                                when 'session' then resource_id::text else gpu_family end as key,
                            max(resource_kind) as resource_kind,
                            sum(seconds)::bigint as seconds, sum(seconds * gpu_count)::bigint as gpu_seconds,
                            sum(charged_micros)::bigint as charged
                        from usage_day where organization_id = :organization and day between :first and :last
                        group by 1 order by 1 limit :limit
                        """)
                .bind("organization", organizationId)
                .bind("group", group)
                .bind("first", first)
                .bind("last", last)
                .bind("limit", limit)
                .map((row, _) -> new UsageLine(
                        row.getString("key"),
                        row.getString("resource_kind"),
                        row.getLong("seconds"),
                        row.getLong("gpu_seconds"),
                        new Money(row.getLong("charged"))))
                .list();
    }

    /**
     * What use brought in less what was given back, and what it cost at the providers, by provider. What was given back at
     * large is nobody's in particular.
     */
    List<MarginLine> margins(Transaction tx, LocalDate first, LocalDate last, int limit) {
        return tx.handle()
                .createQuery("""
                        select provider, sum(revenue)::bigint as revenue, sum(refunded)::bigint as refunded,
                            sum(cost)::bigint as cost
                        from (
                            select m.provider, u.charged_micros as revenue, 0 as refunded, u.cost_micros as cost
                            from usage_day u join meter m on m.resource_id = u.resource_id
                            where u.day between :first and :last
                            union all
                            select m.provider, 0, t.amount_micros, 0
                            from ledger_transaction t left join meter m on m.resource_id = t.resource_id
                            where t.kind = 'refund' and t.at >= :from and t.at < :to
                        ) booked
                        group by provider order by provider nulls last limit :limit
                        """)
                .bind("first", first)
                .bind("last", last)
                .bind("from", first.atStartOfDay().atOffset(ZoneOffset.UTC))
                .bind("to", last.plusDays(1).atStartOfDay().atOffset(ZoneOffset.UTC))
                .bind("limit", limit)
                .map((row, _) -> new MarginLine(
                        row.getString("provider"),
                        new Money(row.getLong("revenue")),
                        new Money(row.getLong("refunded")),
                        new Money(row.getLong("cost"))))
                .list();
    }

    /** Newest first. */
    List<BillingEvent> events(Transaction tx, UUID organizationId, int limit) {
        return tx.handle()
                .createQuery("""
                        select id, seq, at, type, mark_micros, balance_micros from billing_event
                        where organization_id = :organization order by seq desc limit :limit
                        """)
                .bind("organization", organizationId)
                .bind("limit", limit)
                .map((row, _) -> event(row))
                .list();
    }

    /** Oldest first; events of one organization are numbered in the order in which they are committed. */
    List<BillingEvent> eventsAfter(Transaction tx, UUID organizationId, long after, int limit) {
        return tx.handle()
                .createQuery("""
                        select id, seq, at, type, mark_micros, balance_micros from billing_event
                        where organization_id = :organization and seq > :after order by seq limit :limit
                        """)
                .bind("organization", organizationId)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, _) -> event(row))
                .list();
    }

    private static BillingEvent event(ResultSet row) throws SQLException {
        return new BillingEvent(
                row.getObject("id", UUID.class),
                row.getLong("seq"),
                Objects.requireNonNull(LedgerStore.time(row, "at")),
                row.getString("type"),
                new Money(row.getLong("mark_micros")),
                new Money(row.getLong("balance_micros")));
    }

    void insertAudit(Transaction tx, UUID id, AuditRow row) {
        tx.handle()
                .createUpdate("""
                        insert into billing_audit (id, at, actor, organization_id, action, reason, value_before, value_after)
                        values (:id, :at, :actor, :organization, :action, :reason, :before, :after)
                        """)
                .bind("id", id)
                .bind("at", LedgerStore.utc(row.at()))
                .bind("actor", row.actor())
                .bind("organization", row.organizationId())
                .bind("action", row.action())
                .bind("reason", row.reason())
                .bind("before", row.before())
                .bind("after", row.after())
                .execute();
    }

    /**
     * Newest first.
     *
     * @param organizationId null = of all
     */
    List<AuditRow> audit(Transaction tx, @Nullable UUID organizationId, int limit, int offset) {
        return tx.handle()
                .createQuery("""
                        select at, actor, organization_id, action, reason, value_before, value_after from billing_audit
                        where :organization::uuid is null or organization_id = :organization::uuid
                        order by seq desc limit :limit offset :offset
                        """)
                .bind("organization", organizationId)
                .bind("limit", limit)
                .bind("offset", offset)
                .map((row, _) -> new AuditRow(
                        Objects.requireNonNull(LedgerStore.time(row, "at")),
                        row.getString("actor"),
                        row.getObject("organization_id", UUID.class),
                        row.getString("action"),
                        row.getString("reason"),
                        row.getString("value_before"),
                        row.getString("value_after")))
                .list();
    }

    /** Whether a user ever had a meter in an organization. */
    boolean hasUsed(Transaction tx, UUID organizationId, UUID userId) {
        return tx.handle()
                .createQuery("""
                        select true from meter where organization_id = :organization and user_id = :user limit 1
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .mapTo(Boolean.class)
                .findOne()
                .orElse(false);
    }

    private static LedgerLine line(ResultSet row) throws SQLException {
        return new LedgerLine(
                row.getObject("id", UUID.class),
                Objects.requireNonNull(LedgerStore.time(row, "at")),
                row.getString("kind"),
                row.getObject("resource_id", UUID.class),
                row.getString("resource_kind"),
                LedgerStore.time(row, "used_from"),
                LedgerStore.time(row, "used_to"),
                new Money(row.getLong("amount_micros")),
                new Money(row.getLong("balance_after_micros")),
                row.getString("description"));
    }

    /** @param resourceKind session or volume; null where the entry is about neither */
    record LedgerLine(
            UUID id,
            Instant at,
            String kind,
            UUID resourceId,
            @Nullable String resourceKind,
            @Nullable Instant usedFrom,
            @Nullable Instant usedTo,
            Money amount,
            Money balanceAfter,
            String description) {}

    /**
     * @param kinds empty = all
     * @param resourceId null = all
     */
    record LineFilter(
            List<String> kinds,
            Instant from,
            Instant to,
            @Nullable UUID resourceId) {
        static final Instant EVER = Instant.parse("1970-01-01T00:00:00Z");
        static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");
        static final LineFilter ALL = new LineFilter(List.of(), EVER, NEVER, null);
    }

    record UsageLine(String key, String resourceKind, long seconds, long gpuSeconds, Money charged) {}

    /**
     * @param provider null = what was given back for no session or volume in particular
     * @param charged for use of these days
     * @param refunded on these days
     */
    record MarginLine(@Nullable String provider, Money charged, Money refunded, Money cost) {
        Money revenue() {
            return charged.minus(refunded);
        }
    }

    /**
     * @param seq grows within an organization
     * @param mark the balance that was reached or passed downwards
     */
    record BillingEvent(UUID id, long seq, Instant at, String type, Money mark, Money balance) {}
}
