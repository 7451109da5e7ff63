package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.billing.Billing.Meter;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the database itself refuses, whatever the code above it does. */
class LedgerTablesTest {
    private final Till till = new Till();

    @BeforeEach
    void some_history() {
        till.credit("50");
        Meter meter = till.running("3.6");
        till.clock.advance(Duration.ofSeconds(90));
        till.settle(meter, Till.MORNING, till.clock.instant());
        assertThat(till.faults()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update ledger_transaction set amount_micros = 0",
                "update ledger_transaction set description = 'x' where false",
                "delete from ledger_transaction",
                "truncate ledger_transaction cascade",
                "update posting set amount_micros = amount_micros + 1",
                "delete from posting",
                "truncate posting",
                "update billing_audit set actor = 'nobody'",
                "delete from billing_audit",
                "truncate billing_audit",
                "truncate account cascade"
            })
    void what_is_booked_cannot_be_changed(String sql) {
        assertThatThrownBy(() -> till.in(tx -> tx.handle().execute(sql))).hasMessageContaining("append-only");
        assertThat(till.faults()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update account set balance_micros = balance_micros + 1 where kind = 'cash'",
                "delete from account where kind = 'adjustments'"
            })
    void a_balance_is_changed_by_postings_only(String sql) {
        assertThatThrownBy(() -> till.in(tx -> tx.handle().execute(sql))).hasMessageContaining("by postings only");
    }

    @Test
    void a_transaction_that_does_not_balance_is_refused_at_commit() {
        assertThatThrownBy(() -> till.in(tx -> {
                    insertTransaction(tx.handle(), "adjustment", "a");
                    tx.handle().execute("""
                            insert into posting (transaction_id, account_id, amount_micros)
                            select t.id, a.id, 5 from ledger_transaction t, account a
                            where t.interval_key = 'a' and a.kind = 'cash'
                            """);
                }))
                .hasStackTraceContaining("does not balance: 5");
    }

    @Test
    void a_transaction_without_postings_is_refused_at_commit() {
        assertThatThrownBy(() -> till.in(tx -> insertTransaction(tx.handle(), "adjustment", "b")))
                .hasStackTraceContaining("no postings");
    }

    @Test
    void a_posting_added_later_is_refused_at_commit() {
        assertThatThrownBy(() -> till.in(tx -> tx.handle().execute("""
                        insert into posting (transaction_id, account_id, amount_micros)
                        select t.id, a.id, 5 from ledger_transaction t, account a
                        where t.kind = 'credit' and a.kind = 'adjustments'
                        """))).hasStackTraceContaining("does not balance");
    }

    @Test
    void the_same_interval_of_a_resource_cannot_be_booked_twice() {
        assertThatThrownBy(() -> till.in(tx -> tx.handle().execute("""
                        insert into ledger_transaction (id, organization_id, at, kind, resource_id, resource_kind, interval_key,
                            amount_micros, balance_after_micros, description)
                        select gen_random_uuid(), organization_id, at, kind, resource_id, resource_kind, interval_key,
                            amount_micros, balance_after_micros, description from ledger_transaction where kind = 'usage'
                        """)))
                .hasMessageContaining("ledger_transaction_resource_id_kind_interval_key_key");
    }

    @Test
    void the_check_function_sees_a_figure_that_the_postings_do_not_carry() {
        till.in(tx -> tx.handle().execute("update meter set charged_micros = charged_micros + 1"));
        assertThat(till.faults())
                .hasSize(3)
                .anySatisfy(fault -> assertThat(fault).contains("says it was charged 90001"))
                .anySatisfy(fault -> assertThat(fault).contains("usage_revenue of"));
    }

    @Test
    void the_check_function_sees_a_cost_that_the_postings_do_not_carry() {
        till.in(tx -> tx.handle().execute("update meter set cost_micros = cost_micros + 1"));
        assertThat(till.faults())
                .hasSize(3)
                .anySatisfy(fault -> assertThat(fault).contains("provider_payable of"))
                .anySatisfy(fault -> assertThat(fault).contains("provider_cost of"));
    }

    private static void insertTransaction(org.jdbi.v3.core.Handle handle, String kind, String interval) {
        handle.createUpdate("""
                        insert into ledger_transaction (id, organization_id, at, kind, resource_id, interval_key,
                            amount_micros, balance_after_micros, description)
                        select gen_random_uuid(), organization_id, now(), :kind, organization_id, :interval, 0, 0, ''
                        from billing_account
                        """).bind("kind", kind).bind("interval", interval).execute();
    }
}
