package com.mimiry.billing;

import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestDatabase;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Billing on a database of its own, with an organization and a clock, and short words for what tests do. */
final class Till {
    static final Instant MORNING = Instant.parse("2026-03-10T08:00:00Z");

    final Database database = TestDatabase.create();
    final MovableClock clock = new MovableClock(MORNING);
    final BillingRules rules;
    final PrepaidBilling billing;
    final BillingAdmin admin;
    final UUID organization = UUID.randomUUID();
    final UUID user = UUID.randomUUID();

    Till() {
        this(BillingRules.defaults());
    }

    Till(BillingRules rules) {
        this.rules = rules;
        this.billing = new PrepaidBilling(database, clock, UUID::randomUUID, rules);
        this.admin = new BillingAdmin(database, clock, UUID::randomUUID, rules);
    }

    void in(Consumer<Transaction> work) {
        database.useTransaction(work);
    }

    void credit(String euros) {
        in(tx -> billing.credit(tx, organization, Money.ofEuros(euros), "paid in", "test", clock.instant()));
    }

    Meter session(String hourlyRate) {
        return session(hourlyRate, null);
    }

    Meter session(String hourlyRate, @Nullable String maxCost) {
        return new Meter(
                UUID.randomUUID(),
                "session",
                organization,
                user,
                Money.ofEuros(hourlyRate),
                Money.ofEuros("0.1"),
                "docker",
                "H100",
                1,
                maxCost == null ? null : Money.ofEuros(maxCost),
                "Session, H100");
    }

    Meter reserved(String hourlyRate) {
        return reserved(session(hourlyRate));
    }

    Meter reserved(Meter meter) {
        in(tx -> billing.reserve(tx, meter, clock.instant()));
        return meter;
    }

    /** A session that runs from now on. */
    Meter running(String hourlyRate) {
        return running(session(hourlyRate));
    }

    Meter running(Meter meter) {
        reserved(meter);
        meter(meter, clock.instant(), clock.instant());
        return meter;
    }

    void meter(Meter meter, Instant from, Instant upTo) {
        in(tx -> billing.meter(tx, meter.resourceId(), from, upTo));
    }

    void settle(Meter meter, Instant from, Instant end) {
        in(tx -> billing.settle(tx, meter.resourceId(), from, end));
    }

    /** Two GPUs of a family at another provider. */
    void reprice(Meter meter, String family, String hourlyRate) {
        Billing.Terms terms =
                new Billing.Terms("elsewhere", family, 2, Money.ofEuros(hourlyRate), Money.ofEuros("2.5"), "Elsewhere");
        in(tx -> billing.reprice(tx, meter.resourceId(), terms, clock.instant()));
    }

    void extend(Meter meter, String hourlyRate, int gb, Instant now) {
        in(tx -> billing.extend(tx, meter.resourceId(), Money.ofEuros(hourlyRate), Money.ZERO, gb, now));
    }

    Billing.Balance balance() {
        return billing.balance(organization).orElseThrow();
    }

    Money charged(Meter meter) {
        return billing.charged(meter.resourceId());
    }

    List<String> faults() {
        return admin.faults();
    }

    /** A number from the database. */
    long number(String sql) {
        return database.read(
                tx -> tx.handle().createQuery(sql).mapTo(Long.class).one());
    }
}
