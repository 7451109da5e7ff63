package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.platform.CuttableDataSource;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.Transaction;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * One organization's random history beside a model of what it should cost. The model knows only when things began and ended
 * and at what rate: neither intervals, holds, crashes nor repetitions are in it.
 */
final class LedgerHistory {
    private final Database database;
    private final MovableClock clock;
    private final BillingRules rules;
    private final UnaryOperator<Billing> tampering;
    private final BillingAdmin admin;
    private final SplittableRandom random;
    private final UUID organization;
    private final List<UUID> users;
    private final List<Thing> things = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private Billing billing;
    private long paidIn;
    private boolean opened;
    private int refusals;
    private int failOvers;
    private int lostAnswers;

    /** @param tampering puts a fault into billing, to see that the history finds it */
    LedgerHistory(
            Database database,
            BillingRules rules,
            SplittableRandom random,
            Instant start,
            UnaryOperator<Billing> tampering) {
        this.database = database;
        this.rules = rules;
        this.random = random;
        this.tampering = tampering;
        this.clock = new MovableClock(start.plusNanos(random.nextInt(1_000_000) * 1_000L));
        this.billing = started();
        Database fragile = new Database(new CuttableDataSource(database.dataSource(), this::fault).dataSource());
        this.admin = new BillingAdmin(fragile, clock, UUID::randomUUID, rules);
        this.organization = id();
        this.users = List.of(id(), id());
    }

    /** Billing as a server has it that has just started: it remembers nothing. */
    private Billing started() {
        return tampering.apply(new PrepaidBilling(database, clock, UUID::randomUUID, rules));
    }

    String told() {
        return String.join("; ", told);
    }

    int refusals() {
        return refusals;
    }

    int failOvers() {
        return failOvers;
    }

    int lostAnswers() {
        return lostAnswers;
    }

    void step() {
        switch (random.nextInt(14)) {
            case 0 -> credit();
            case 1 -> adjust();
            case 2, 3 -> create();
            case 4, 5, 6 -> later();
            case 7, 8 -> meter();
            case 9 -> extend();
            case 10 -> end(any());
            case 11, 12 -> failOver();
            default -> clockStep();
        }
        check();
    }

    /** Ends everything, and proves the sums. */
    void end() {
        things.forEach(this::end);
        check();
        for (Thing thing : things) {
            assertThat(billing.charged(thing.meter.resourceId()))
                    .as(thing.toString())
                    .isEqualTo(thing.cost(thing.seconds));
            MeterReading reading = database.read(
                    tx -> new MeterStore().find(tx, thing.meter.resourceId()).orElseThrow());
            assertThat(reading.costBooked()).as(thing.toString()).isEqualTo(thing.sum(thing.costs, thing.seconds));
            assertThat(reading.meter().provider()).as(thing.toString()).isEqualTo(thing.provider);
            assertThat(reading.meter().gpuFamily()).as(thing.toString()).isEqualTo(thing.family);
        }
        assertThat(billing.balance(organization).map(Billing.Balance::reserved).orElse(Money.ZERO))
                .isEqualTo(Money.ZERO);
    }

    private void credit() {
        Money amount = new Money(random.nextLong(1, 20_000_000));
        String reference = "payment " + id();
        BillingAdmin.By by = new BillingAdmin.By("test", organization, "paid in");
        tell("credit " + amount);
        ask(() -> admin.credit(by, amount, reference));
        paidIn += amount.micros();
        opened = true;
    }

    private void adjust() {
        if (!opened) {
            return;
        }
        Money amount = new Money(random.nextLong(1, 1_000_000));
        BillingAdmin.By by = new BillingAdmin.By("test", organization, "made good");
        String reference = "ticket " + id();
        boolean refund = random.nextBoolean();
        UUID resource = refund ? charged(amount) : null;
        tell((refund ? "refund " : "take back ") + amount);
        ask(() ->
                refund ? admin.refund(by, amount, resource, reference) : admin.adjust(by, amount.negated(), reference));
        paidIn += refund ? amount.micros() : -amount.micros();
    }

    /**
     * The operator asks until there is an answer, and perhaps once more: whoever loses the connection does not know what
     * became of it, and asks again with the same reference.
     */
    private void ask(Supplier<BillingAdmin.Booking> booking) {
        for (int answers = random.nextInt(1, 3); answers > 0; answers--) {
            boolean answered = false;
            while (!answered) {
                try {
                    booking.get();
                    answered = true;
                } catch (JdbiException lost) {
                    lostAnswers++;
                    tell("(no answer)");
                }
            }
        }
    }

    /** What happens to a commit of the operator's. */
    private CuttableDataSource.Fault fault() {
        return switch (random.nextInt(6)) {
            case 0 -> CuttableDataSource.Fault.BEFORE_COMMIT;
            case 1 -> CuttableDataSource.Fault.AFTER_COMMIT;
            default -> CuttableDataSource.Fault.NONE;
        };
    }

    /** Something of whose charges so much can be given back; null = nothing, so it is given back at large. */
    private @Nullable UUID charged(Money amount) {
        Thing thing = any();
        if (thing == null) {
            return null;
        }
        UUID id = thing.meter.resourceId();
        Money refunded = database.read(tx -> new LedgerStore().refunded(tx, id));
        return refunded.plus(amount).compareTo(billing.charged(id)) <= 0 ? id : null;
    }

    private void create() {
        Thing known = any();
        if (known != null && random.nextInt(6) == 0) {
            tell("create " + known.meter.resourceId() + " again");
            perform(tx -> billing.reserve(tx, known.meter, clock.instant()));
            return;
        }
        boolean session = random.nextInt(3) > 0;
        Money rate = new Money(random.nextInt(8) == 0 ? 0 : random.nextLong(1, 6_000_000));
        Money maxCost = session && random.nextInt(4) == 0 ? new Money(random.nextLong(1, 4_000_000)) : null;
        Meter meter = new Meter(
                id(),
                session ? "session" : "volume",
                organization,
                users.get(random.nextInt(users.size())),
                rate,
                new Money(random.nextLong(rate.micros() + 1)),
                "docker",
                session ? "T4" : "",
                session ? 1 : 0,
                maxCost,
                "thing",
                session ? 0 : 10);
        tell("create " + meter.resourceId() + " at " + rate);
        try {
            perform(tx -> billing.reserve(tx, meter, clock.instant()));
            things.add(new Thing(meter, rate));
            assertThat(rate.micros() == 0 || cash() >= 0).isTrue();
        } catch (ApiException e) {
            assertThat(e.code()).isEqualTo(opened ? ErrorCode.INSUFFICIENT_BALANCE : ErrorCode.NO_BALANCE);
            assertThat(rate.micros()).isPositive();
            refusals++;
        }
    }

    /**
     * A candidate had no machine: the next one has a rate of its own, and the first must not have cost anything. Once
     * seconds are metered there is no other candidate.
     */
    private void failOver() {
        Thing thing = any();
        if (thing == null || thing.ended || thing.meter.kind().equals("volume")) {
            return;
        }
        UUID id = thing.meter.resourceId();
        Money rate = new Money(random.nextLong(1, 6_000_000));
        Money cost = new Money(random.nextLong(rate.micros() + 1));
        Billing.Terms terms = new Billing.Terms(
                random.nextBoolean() ? "docker" : "verda",
                random.nextBoolean() ? "T4" : "H100",
                random.nextInt(1, 5),
                rate,
                cost,
                "next candidate");
        if (thing.started != null) {
            if (metered(id) > 0) {
                assertThatThrownBy(() -> database.useTransaction(tx -> billing.reprice(tx, id, terms, clock.instant())))
                        .isInstanceOf(IllegalStateException.class);
            }
            return;
        }
        tell("fail over " + id + " to " + rate);
        try {
            perform(tx -> billing.reprice(tx, id, terms, clock.instant()));
            thing.rates.set(0, rate);
            thing.costs.set(0, cost);
            thing.provider = terms.provider();
            thing.family = terms.gpuFamily();
            failOvers++;
        } catch (ApiException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INSUFFICIENT_BALANCE);
            refusals++;
        }
        assertThat(billing.charged(id)).isEqualTo(Money.ZERO);
    }

    private long metered(UUID id) {
        return database.read(tx -> new MeterStore().find(tx, id).orElseThrow().meteredSeconds());
    }

    /** Time passes for all, for some of it across midnight and the end of a month. */
    private void later() {
        Duration passed = random.nextInt(5) == 0
                ? Duration.ofHours(random.nextInt(1, 40))
                : Duration.ofMillis(random.nextInt(1, 400_000));
        tell("after " + passed);
        clock.advance(passed);
    }

    /** The server's clock steps back; what a thing was metered for already cannot be taken for a second time. */
    private void clockStep() {
        Duration back = Duration.ofMillis(random.nextInt(90_000));
        tell("clock back by " + back);
        clock.set(clock.instant().minus(back));
    }

    private void meter() {
        Thing thing = any();
        if (thing == null) {
            return;
        }
        // One that has ended is metered by a replica that has not heard of it: nothing may come of that.
        Instant from = thing.start();
        tell("meter " + thing.meter.resourceId() + " from " + from + " to " + clock.instant());
        perform(tx -> billing.meter(tx, thing.meter.resourceId(), from, clock.instant()));
    }

    private void extend() {
        Thing thing = any();
        if (thing == null
                || thing.ended
                || thing.started == null
                || thing.meter.kind().equals("session")) {
            return;
        }
        Money rate = new Money(random.nextLong(1, 6_000_000));
        Instant now = clock.instant();
        long booked = metered(thing.meter.resourceId());
        long second = Math.max(
                Math.max(booked, thing.lastChange),
                Duration.between(thing.start(), now).toSeconds());
        tell("extend " + thing.meter.resourceId() + " to " + rate + " at second " + second);
        boolean checked = random.nextBoolean();
        try {
            perform(tx -> {
                if (checked) {
                    billing.extend(tx, thing.meter.resourceId(), rate, Money.ZERO, 20, now);
                } else {
                    billing.rerate(tx, thing.meter.resourceId(), rate, Money.ZERO, 20, now);
                }
            });
            thing.change(second, rate);
            thing.costs.add(Money.ZERO);
        } catch (ApiException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INSUFFICIENT_BALANCE);
            refusals++;
        }
    }

    private void end(@Nullable Thing thing) {
        if (thing == null) {
            return;
        }
        UUID id = thing.meter.resourceId();
        if (thing.started == null && !thing.ended && random.nextBoolean()) {
            tell("release " + id);
            perform(tx -> billing.release(tx, id));
            thing.ended = true;
            return;
        }
        Instant from = thing.start();
        // The proof of the end comes later than the end: something may be metered beyond it.
        Instant end = clock.instant().minusMillis(random.nextInt(3) == 0 ? random.nextInt(100_000) : 0);
        tell("settle " + id + " from " + from + " to " + end);
        perform(tx -> billing.settle(tx, id, from, end));
        if (!thing.ended) {
            thing.ended = true;
            thing.seconds = Math.max(thing.lastChange, begunSeconds(from, end));
        }
    }

    private static long begunSeconds(Instant from, Instant end) {
        return Math.ceilDiv(Duration.between(from, end).toNanos(), 1_000_000_000L);
    }

    /** Does a thing as a server that crashes does it: perhaps lost before the commit, perhaps twice. */
    private void perform(Consumer<Transaction> asked) {
        // Nothing here is about the disk, so nobody waits for it.
        Consumer<Transaction> work = tx -> {
            tx.handle().execute("set local synchronous_commit = off");
            asked.accept(tx);
        };
        while (random.nextInt(4) == 0) {
            tell("(crash)");
            assertThatThrownBy(() -> database.useTransaction(tx -> {
                        work.accept(tx);
                        throw new Crash();
                    }))
                    .isInstanceOfAny(Crash.class, ApiException.class);
            billing = started();
        }
        database.useTransaction(work);
        if (random.nextInt(3) == 0) {
            tell("(again)");
            database.useTransaction(work);
        }
    }

    private void check() {
        List<Long> sums = database.read(tx -> tx.handle()
                .createQuery("""
                        select coalesce(sum(balance_micros) filter (where kind in ('cash', 'reserved')), 0)::bigint as balance,
                            coalesce(sum(balance_micros), 0)::bigint as everything,
                            coalesce(min(balance_micros) filter (where kind = 'reserved'), 0) as reserved,
                            (select coalesce(sum(charged_micros), 0)::bigint from meter
                                where organization_id = :organization) as charged,
                            (select coalesce(sum(held_micros), 0)::bigint from meter
                                where organization_id = :organization) as held
                        from account where organization_id = :organization
                        """)
                .bind("organization", organization)
                .map((row, _) -> List.of(
                        row.getLong("balance"),
                        row.getLong("everything"),
                        row.getLong("reserved"),
                        row.getLong("charged"),
                        row.getLong("held")))
                .one());
        assertThat(sums.get(0)).isEqualTo(paidIn - sums.get(3));
        assertThat(sums.get(1)).isZero();
        assertThat(sums.get(2)).isEqualTo(sums.get(4)).isNotNegative();
    }

    private long cash() {
        return billing.balance(organization)
                .map(balance -> balance.available().micros())
                .orElse(0L);
    }

    private @Nullable Thing any() {
        return things.isEmpty() ? null : things.get(random.nextInt(things.size()));
    }

    private UUID id() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private void tell(String what) {
        told.add(what);
    }

    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Something that is paid for, as the model knows it. */
    private final class Thing {
        private final Meter meter;
        private final List<Long> seconds0 = new ArrayList<>(List.of(0L));
        private final List<Money> rates = new ArrayList<>();
        private final List<Money> costs = new ArrayList<>();
        private String provider;
        private String family;
        private @Nullable Instant started;
        private long lastChange;
        private boolean ended;
        private long seconds;

        Thing(Meter meter, Money rate) {
            this.meter = meter;
            rates.add(rate);
            costs.add(meter.hourlyCost());
            provider = meter.provider();
            family = meter.gpuFamily();
        }

        /** What the session's row says; fixed once. */
        Instant start() {
            if (started == null) {
                started = clock.instant();
            }
            return started;
        }

        void change(long second, Money rate) {
            seconds0.add(second);
            rates.add(rate);
            lastChange = second;
        }

        Money cost(long until) {
            return sum(rates, until);
        }

        Money sum(List<Money> hourly, long until) {
            BigInteger exact = BigInteger.ZERO;
            for (int i = 0; i < hourly.size(); i++) {
                long from = seconds0.get(i);
                long to = i + 1 < hourly.size() ? seconds0.get(i + 1) : until;
                exact = exact.add(BigInteger.valueOf(hourly.get(i).micros())
                        .multiply(BigInteger.valueOf(Math.max(0, to - from))));
            }
            return new Money(new BigDecimal(exact)
                    .divide(BigDecimal.valueOf(3600), 0, RoundingMode.HALF_UP)
                    .longValueExact());
        }

        @Override
        public String toString() {
            return meter.resourceId() + " " + seconds + " s";
        }
    }
}
