package com.mimiry.billing;

import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the API shows of money; only reads. */
@Singleton
final class BillingReports {
    private static final int GROUPS_MAX = 10_000;
    private static final int EVENTS_MAX = 20;

    private final Database database;
    private final Clock clock;
    private final LedgerStore accounts = new LedgerStore();
    private final MeterStore meters = new MeterStore();
    private final ReportStore reports = new ReportStore();
    private final Quotas quotas;
    private final SpendLimits spendLimits = new SpendLimits();

    BillingReports(Database database, Clock clock, BillingRules rules) {
        this.database = database;
        this.clock = clock;
        this.quotas = new Quotas(rules);
    }

    /**
     * An organization's money and how long it lasts.
     *
     * @param userId null = everybody's use; else the burn rate is that of this user's things alone
     */
    Overview overview(UUID organizationId, @Nullable UUID userId) {
        Instant now = clock.instant();
        return database.read(tx -> {
            Optional<Funds> found = accounts.read(tx, organizationId);
            if (found.isEmpty()) {
                return new Overview(Money.ZERO, Money.ZERO, Money.ZERO, Money.ZERO, null, null, false, List.of());
            }
            Funds funds = found.get();
            List<MeterReading> open = meters.open(tx, organizationId);
            Instant end = new Runway(funds, open, List.of(), now).depletion().orElse(null);
            List<MeterReading> mine = userId == null
                    ? open
                    : open.stream()
                            .filter(each -> userId.equals(each.meter().userId()))
                            .toList();
            return new Overview(
                    funds.balance(),
                    funds.reserved(),
                    funds.cash(),
                    new Runway(funds, mine, List.of(), now).burnPerHour(),
                    end == null ? null : hours(Duration.between(now, end)),
                    end,
                    funds.suspended(),
                    reports.events(tx, organizationId, EVENTS_MAX));
        });
    }

    private static BigDecimal hours(Duration duration) {
        return BigDecimal.valueOf(duration.toSeconds()).divide(BigDecimal.valueOf(3600), 2, RoundingMode.DOWN);
    }

    List<QuotaLine> quotas(UUID organizationId, UUID userId) {
        return database.read(tx -> quotas.lines(tx, organizationId, userId, Set.of()));
    }

    /** @param userId the organization's own and this user's; null = everybody's */
    List<SpendLimitLine> spendLimits(UUID organizationId, @Nullable UUID userId) {
        Instant now = clock.instant();
        return database.read(tx -> spendLimits.spending(tx, organizationId, userId, now)).stream()
                .map(spending -> SpendLimitLine.of(spending, now))
                .toList();
    }

    /** Oldest first, from the one after number {@code after} on. */
    List<ReportStore.BillingEvent> events(UUID organizationId, long after, int limit) {
        return database.read(tx -> reports.eventsAfter(tx, organizationId, after, limit));
    }

    Lines transactions(UUID organizationId, ReportStore.LineFilter filter, int limit, int offset) {
        return database.read(tx -> new Lines(
                reports.transactions(tx, organizationId, filter, limit, offset),
                reports.count(tx, organizationId, filter)));
    }

    List<ReportStore.UsageLine> usage(UUID organizationId, String group, LocalDate first, LocalDate last) {
        return database.read(tx -> reports.usage(tx, organizationId, group, first, last, GROUPS_MAX));
    }

    List<ReportStore.MarginLine> margins(LocalDate first, LocalDate last) {
        return database.read(tx -> reports.margins(tx, first, last, GROUPS_MAX));
    }

    Statement statement(UUID organizationId, YearMonth month) {
        return database.inTransaction(tx -> statement(tx, organizationId, month));
    }

    private Statement statement(Transaction tx, UUID organizationId, YearMonth month) {
        // The lock keeps a month that is still running from moving between the sums.
        accounts.lock(tx, organizationId);
        return Statement.read(tx, reports, organizationId, month);
    }

    /** Whether a user has ever had something metered in an organization. */
    boolean hasUsed(UUID organizationId, UUID userId) {
        return database.read(tx -> reports.hasUsed(tx, organizationId, userId));
    }

    LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), java.time.ZoneOffset.UTC);
    }

    /**
     * @param burn what runs costs an hour
     * @param runwayHours how long the organization's money lasts; null where nothing burns
     * @param events newest first
     */
    record Overview(
            Money balance,
            Money reserved,
            Money available,
            Money burn,
            @Nullable BigDecimal runwayHours,
            @Nullable Instant depletedAt,
            boolean suspended,
            List<ReportStore.BillingEvent> events) {}

    record Lines(List<ReportStore.LedgerLine> lines, long total) {}
}
