package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.billing.Billing.Meter;
import com.mimiry.billing.BillingAdmin.By;
import com.mimiry.platform.Money;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Locale;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatementTest {
    private static final YearMonth MARCH = YearMonth.of(2026, 3);
    private static final Instant LAST_EVENING = Instant.parse("2026-03-31T23:30:00Z");

    private final Till till = new Till();
    private final BillingReports reports = new BillingReports(till.database, till.clock, till.rules);
    private final By operator = new By("operator", till.organization, "=made, \"good\" — ünïcode €");

    @BeforeEach
    void two_months() {
        till.clock.set(Instant.parse("2026-02-20T10:00:00Z"));
        till.credit("30");
        till.clock.set(Instant.parse("2026-03-05T10:00:00Z"));
        Meter early = till.running("3.6");
        till.clock.advance(Duration.ofSeconds(1000));
        till.settle(early, Instant.parse("2026-03-05T10:00:00Z"), till.clock.instant());
        till.admin.refund(operator, Money.ofEuros("0.25"), early.resourceId(), "ticket 7");
        till.admin.refund(operator, Money.ofEuros("0.25"), early.resourceId(), "ticket 7");
        till.admin.adjust(operator, Money.ofEuros("-0.000001"), null);
        till.clock.set(LAST_EVENING);
        Meter late = till.running("1");
        for (int minutes = 5; minutes <= 60; minutes += 5) {
            till.clock.set(LAST_EVENING.plus(Duration.ofMinutes(minutes)));
            till.meter(late, LAST_EVENING, till.clock.instant());
        }
    }

    @Test
    void a_statement_adds_up_to_the_ledger() {
        Statement march = reports.statement(till.organization, MARCH);
        assertThat(march.opening()).isEqualTo(Money.ofEuros("30"));
        assertThat(march.lines().stream().map(Statement.Line::amount).reduce(Money.ZERO, Money::plus))
                .isEqualTo(march.total())
                .isEqualTo(new Money(till.number("""
                        select sum(amount_micros)::bigint from ledger_transaction
                        where at >= '2026-03-01T00:00Z' and at < '2026-04-01T00:00Z'
                        """)));
        assertThat(march.lines())
                .extracting(Statement.Line::type, line -> line.amount().micros(), Statement.Line::seconds)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("usage", -1_000_000L, 1000L),
                        org.assertj.core.groups.Tuple.tuple("refund", 250_000L, 0L),
                        org.assertj.core.groups.Tuple.tuple("adjustment", -1L, 0L),
                        org.assertj.core.groups.Tuple.tuple("usage", -416_667L, 1500L));
        Statement april = reports.statement(till.organization, MARCH.plusMonths(1));
        assertThat(april.opening()).isEqualTo(march.closing());
        assertThat(april.closing()).isEqualTo(till.balance().cash());
    }

    @Test
    void a_month_that_is_over_never_changes_even_if_the_clock_steps_back_into_it() {
        Statement before = reports.statement(till.organization, MARCH);
        till.clock.set(LAST_EVENING);
        till.credit("5");
        assertThat(reports.statement(till.organization, MARCH)).isEqualTo(before);
    }

    @Test
    void more_lines_than_fit_are_put_together_and_the_total_still_is_the_ledgers() {
        Statement march = till.database.read(tx -> Statement.read(tx, new ReportStore(), till.organization, MARCH, 2));
        assertThat(march.lines()).hasSize(3);
        assertThat(march.lines().getLast().type()).isEqualTo("other");
        assertThat(march.closing())
                .isEqualTo(reports.statement(till.organization, MARCH).closing());
    }

    @Test
    void the_csv_quotes_what_needs_it_and_disarms_formulas() {
        String csv = StatementsResource.csv(reports.statement(till.organization, MARCH));
        assertThat(csv.lines()).hasSize(8).first().asString().startsWith("at,type,description,session_id");
        assertThat(csv)
                .contains(",refund,\"'=made, \"\"good\"\" — ünïcode €\",")
                .contains(",-0.416667,\r\n")
                .contains(",opening,Balance at the beginning,,,,,30\r\n")
                .contains(",total,Total of the month,,,,,-1.166668\r\n")
                .endsWith(",closing,Balance at the end,,,,,28.833332\r\n");
    }

    @Test
    void the_pdf_shows_every_line_and_the_totals() throws IOException {
        Statement march = reports.statement(till.organization, MARCH);
        byte[] pdf = StatementPdf.of(march, till.organization.toString());
        try (PDDocument document = Loader.loadPDF(pdf)) {
            String text = new PDFTextStripper().getText(document);
            assertThat(text)
                    .contains("Statement 2026-03", till.organization.toString(), "-0.416667", "0.250000")
                    .contains(String.format(Locale.ROOT, "Balance at the end %s", "28.833332"));
        }
    }

    @Test
    void a_long_statement_has_several_pages() throws IOException {
        Statement.Line line = new Statement.Line(LAST_EVENING, "usage", "x".repeat(300), null, null, 60, new Money(-1));
        Statement statement = new Statement(
                till.organization, MARCH, Money.ZERO, java.util.Collections.nCopies(200, line), new Money(-200));
        try (PDDocument document = Loader.loadPDF(StatementPdf.of(statement, "o"))) {
            assertThat(document.getNumberOfPages()).isEqualTo(5);
        }
    }

    @Test
    void usage_by_day_user_session_and_gpu_adds_up_to_the_charges() {
        for (String group : List.of("day", "user", "session", "gpu")) {
            List<ReportStore.UsageLine> lines = reports.usage(
                    till.organization,
                    group,
                    MARCH.atDay(1),
                    MARCH.plusMonths(1).atEndOfMonth());
            assertThat(lines.stream().mapToLong(line -> line.charged().micros()).sum())
                    .as(group)
                    .isEqualTo(2_000_000);
            assertThat(lines)
                    .as(group)
                    .hasSize(
                            switch (group) {
                                case "day" -> 3;
                                case "session" -> 2;
                                default -> 1;
                            });
        }
    }

    @Test
    void margins_are_revenue_less_what_was_given_back_and_cost() {
        ReportStore.MarginLine march =
                reports.margins(MARCH.atDay(1), MARCH.atEndOfMonth()).getFirst();
        assertThat(march.provider()).isEqualTo("docker");
        assertThat(march.charged()).isEqualTo(Money.ofEuros("1.5"));
        assertThat(march.refunded()).isEqualTo(Money.ofEuros("0.25"));
        assertThat(march.revenue()).isEqualTo(Money.ofEuros("1.25"));
    }

    @Test
    void what_was_given_back_at_large_is_no_providers_and_margins_add_up_to_the_ledger() {
        till.admin.refund(operator, Money.ofEuros("0.5"), null, null);
        List<ReportStore.MarginLine> margins =
                reports.margins(MARCH.atDay(1), MARCH.plusMonths(1).atEndOfMonth());
        assertThat(margins).extracting(ReportStore.MarginLine::provider).containsExactly("docker", null);
        assertThat(margins.getLast().revenue()).isEqualTo(Money.ofEuros("-0.5"));
        assertThat(margins.stream().mapToLong(line -> line.revenue().micros()).sum())
                .isEqualTo(till.number("select balance_micros from account where kind = 'usage_revenue'"));
        assertThat(margins.stream().mapToLong(line -> line.cost().micros()).sum())
                .isEqualTo(till.number("select balance_micros from account where kind = 'provider_payable'"));
        assertThat(till.faults()).isEmpty();
    }

    @Test
    void transactions_carry_the_balance_after_each_newest_first() {
        BillingReports.Lines page = reports.transactions(till.organization, ReportStore.LineFilter.ALL, 3, 0);
        assertThat(page.total()).isEqualTo(16);
        assertThat(page.lines()).hasSize(3);
        assertThat(page.lines().getFirst().balanceAfter())
                .isEqualTo(till.balance().cash());
        ReportStore.LineFilter refunds = new ReportStore.LineFilter(
                List.of("refund"), ReportStore.LineFilter.EVER, ReportStore.LineFilter.NEVER, null);
        assertThat(reports.transactions(till.organization, refunds, 10, 0).total())
                .isEqualTo(1);
    }

    @Test
    void an_organization_without_an_account_has_an_empty_statement_and_a_zero_balance() {
        java.util.UUID stranger = java.util.UUID.randomUUID();
        assertThat(reports.statement(stranger, MARCH).lines()).isEmpty();
        BillingReports.Overview overview = reports.overview(stranger, null);
        assertThat(overview.balance()).isEqualTo(Money.ZERO);
        assertThat(overview.runwayHours()).isNull();
    }

    @Test
    void the_overview_tells_burn_rate_and_runway() {
        BillingReports.Overview overview = reports.overview(till.organization, null);
        assertThat(overview.burn()).isEqualTo(Money.ofEuros("1"));
        assertThat(overview.balance()).isEqualTo(new Money(28_249_999));
        assertThat(overview.runwayHours()).isEqualByComparingTo("28.25");
    }
}
