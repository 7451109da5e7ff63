package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the operator does by hand. Every call writes to the audit log who did it, and why. */
@Singleton
public final class BillingAdmin {
    private static final int REASON_LENGTH_MAX = 500;

    private final Database database;
    private final Clock clock;
    private final Ledger ledger;
    private final LedgerStore accounts = new LedgerStore();
    private final LimitStore limits = new LimitStore();
    private final ReportStore reports = new ReportStore();
    private final AuditLog auditLog;
    private final Adjustments adjustments;
    private final Quotas quotas;
    private final SpendLimits spendLimits = new SpendLimits();
    private final SpendLimitChanges spendLimitChanges;

    public BillingAdmin(Database database, Clock clock, Ids ids, BillingRules rules) {
        this.database = database;
        this.clock = clock;
        this.ledger = new Ledger(clock, ids, rules.lowBalanceMarks());
        this.auditLog = new AuditLog(ids);
        this.adjustments = new Adjustments(ledger, accounts, auditLog);
        this.quotas = new Quotas(rules);
        this.spendLimitChanges = new SpendLimitChanges(ledger, auditLog);
    }

    /**
     * Adds prepaid money.
     *
     * @param reference the same reference is booked only once; null = book again
     */
    public Booking credit(By by, Money amount, @Nullable String reference) {
        return booked(by, tx -> adjustments.credit(tx, order(by, amount, reference), clock.instant()));
    }

    /**
     * Gives back what use was charged.
     *
     * @param resourceId session or volume that it is about, null = none
     */
    public Booking refund(By by, Money amount, @Nullable UUID resourceId, @Nullable String reference) {
        return booked(by, tx -> adjustments.refund(tx, order(by, amount, reference), resourceId, clock.instant()));
    }

    /** Corrects a balance; a negative amount takes away. */
    public Booking adjust(By by, Money amount, @Nullable String reference) {
        return booked(by, tx -> adjustments.adjust(tx, order(by, amount, reference), clock.instant()));
    }

    /**
     * Overrides a quota of an organization, or of one user in it.
     *
     * @param name sessions, gpus, gpus.FAMILY, volumes or volume_gb
     * @param allowed null = the default again
     */
    public void setQuota(By by, @Nullable UUID userId, String name, @Nullable Long allowed) {
        String checked = Quotas.checkedName(name);
        if (allowed != null && allowed < 0) {
            throw ApiException.invalidField("limit", "limit must not be negative; null restores the default.");
        }
        database.useTransaction(tx -> {
            ledger.ensure(tx, by.organizationId());
            String before =
                    limits.overrides(tx, by.organizationId(), userId == null ? by.organizationId() : userId).stream()
                            .filter(o -> Objects.equals(o.userId(), userId)
                                    && o.name().equalsIgnoreCase(checked))
                            .map(o -> Long.toString(o.allowed()))
                            .findFirst()
                            .orElse(null);
            if (allowed == null) {
                limits.removeOverride(tx, by.organizationId(), userId, checked);
            } else {
                limits.setOverride(tx, by.organizationId(), userId, checked, allowed);
            }
            audit(tx, by, "quota " + checked + of(userId), before, allowed == null ? null : allowed.toString());
        });
    }

    /**
     * Every quota of an organization, or of one user in it, with its use.
     *
     * @param userId null = the organization's own
     */
    public List<QuotaLine> quotas(UUID organizationId, @Nullable UUID userId) {
        UUID asked = userId == null ? organizationId : userId;
        return database.read(tx -> quotas.lines(tx, organizationId, asked, Set.of())).stream()
                .filter(line -> userId != null || line.scope().equals("organization"))
                .toList();
    }

    /**
     * Limits what an organization, or one user in it, may spend in a UTC day or month.
     *
     * @param period day or month
     * @param limit null = no limit
     */
    public void setSpendLimit(By by, @Nullable UUID userId, String period, @Nullable Money limit) {
        SpendLimit.Period checked = SpendLimit.Period.parse(period);
        requireReason(by);
        database.useTransaction(tx ->
                spendLimitChanges.set(tx, by, SpendLimit.SetBy.OPERATOR, userId, checked, limit, clock.instant()));
    }

    /** Every spend limit of an organization and of its users, whoever set it. */
    public List<SpendLimitLine> spendLimits(UUID organizationId) {
        Instant now = clock.instant();
        return database.read(tx -> spendLimits.spending(tx, organizationId, null, now)).stream()
                .map(spending -> SpendLimitLine.of(spending, now))
                .toList();
    }

    private static String of(@Nullable UUID userId) {
        return userId == null ? "" : " of user " + userId;
    }

    /**
     * The audit log, newest first.
     *
     * @param organizationId null = all
     */
    public List<AuditRow> audit(@Nullable UUID organizationId, int limit, int offset) {
        return database.read(tx -> reports.audit(tx, organizationId, limit, offset));
    }

    /** Proves the books from the postings up; empty = every figure is right. Reads the whole ledger. */
    public List<String> faults() {
        return database.read(accounts::faults);
    }

    private Booking booked(By by, java.util.function.Function<Transaction, Adjustments.Done> work) {
        requireReason(by);
        Adjustments.Done done = database.inTransaction(work);
        return new Booking(done.id(), done.funds().balance());
    }

    private static Adjustments.Order order(By by, Money amount, @Nullable String reference) {
        return new Adjustments.Order(by.organizationId(), amount, by.reason(), by.actor(), reference);
    }

    private void audit(Transaction tx, By by, String action, @Nullable String before, @Nullable String after) {
        requireReason(by);
        Instant now = clock.instant();
        auditLog.write(tx, by.organizationId(), now, by.actor(), action, by.reason(), before, after);
    }

    private static void requireReason(By by) {
        if (by.reason().isBlank() || by.reason().length() > REASON_LENGTH_MAX) {
            throw ApiException.invalidField("reason", "reason must say in 1 to 500 characters why.");
        }
    }

    /**
     * Who does something to whom, and why.
     *
     * @param actor e-mail of the operator, or what acts for one
     */
    public record By(String actor, UUID organizationId, String reason) {}

    /**
     * @param transactionId of the ledger transaction; of the former one where the reference was booked before
     * @param balance afterwards, holds included
     */
    public record Booking(UUID transactionId, Money balance) {}
}
