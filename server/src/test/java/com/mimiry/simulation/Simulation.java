package com.mimiry.simulation;

import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.Billing;
import com.mimiry.billing.BillingAdmin;
import com.mimiry.billing.BillingRules;
import com.mimiry.billing.PrepaidBilling;
import com.mimiry.catalog.SimulatedMarket;
import com.mimiry.containers.Engines;
import com.mimiry.logs.SessionLogs;
import com.mimiry.logs.SteppedLogs;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.platform.SecretBox;
import com.mimiry.providers.Provider;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.sessions.SimulatedServer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One seed: two replicas, three organizations and two providers for some twelve minutes of virtual time in which anything
 * may break, then as long as it takes until nothing is left to do, then the audit.
 */
final class Simulation {
    private static final long ASKING_MICROS = 6 * 60_000_000L;
    private static final long MISCHIEF_MICROS = 10 * 60_000_000L;
    private static final long HORIZON_MICROS = 3 * 3_600_000_000L;
    /** Long enough for two sweeps and the age below which they leave machines alone, by their defaults. */
    private static final long AFTERMATH_MICROS = 7 * 60_000_000L;

    private static final BillingRules RULES = new BillingRules(
            Duration.ofMinutes(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            List.of(Money.ofEuros("5"), Money.ofEuros("1")),
            new BillingRules.QuotaRules(200, 256, 100, 10_000),
            new BillingRules.QuotaRules(200, 256, 100, 10_000));

    private final Ground ground;
    private final Breach breach;
    private final World world;
    private final StepQueue queue;
    private final Effects effects;
    private final Hosts hosts;
    private final List<Account> accounts;
    private final Customers customers;
    private final SecretBox secretBox = SecretBox.withKey(SecretBox.newKey());
    private final List<Slot> slots = List.of(new Slot("A"), new Slot("B"));
    private final long seed;

    /** The place of a server process, which is started again whenever it has died. */
    private static final class Slot {
        private final String name;
        private int lives;
        private @Nullable Replica replica;

        Slot(String name) {
            this.name = name;
        }
    }

    /**
     * What came of a seed.
     *
     * @param ends how many sessions ended in which way
     * @param violations empty = all is well
     */
    record Outcome(
            long seed,
            int sessions,
            int volumes,
            long steps,
            Map<Fault, Integer> faults,
            Map<String, Integer> ends,
            Set<String> violations,
            Story story) {}

    private Simulation(long seed, Ground ground, Breach breach) {
        this.seed = seed;
        this.ground = ground;
        this.breach = breach;
        Instant begin = Instant.parse(seed % 3 == 0 ? "2026-03-10T23:54:00Z" : "2026-03-10T08:00:00Z");
        this.world = new World(seed, begin, breach, ground.threads());
        this.queue = new StepQueue(world, this::replicas, breach);
        this.effects = new Effects(world, queue);
        this.hosts = new Hosts(world, effects, breach);
        this.accounts = List.of(
                account(
                        "alpha",
                        true,
                        new Kind("a-h100", "EU-1", "NVIDIA H100 80GB HBM3", 81_559, 1, Money.ofEuros("48"), 3),
                        new Kind("a-a100", "EU-1", "NVIDIA A100-SXM4-40GB", 40_960, 1, Money.ofEuros("24.03"), 3),
                        new Kind("a-2h100", "EU-2", "NVIDIA H100 80GB HBM3", 81_559, 2, Money.ofEuros("93.7"), 1)),
                account(
                        "beta",
                        false,
                        new Kind("b-h100", "US-2", "NVIDIA H100 80GB HBM3", 81_559, 1, Money.ofEuros("60.5"), 2),
                        new Kind("b-t4", "US-2", "Tesla T4", 15_360, 1, Money.ofEuros("6.49"), 4)));
        this.customers = new Customers(world, this::anyReplica, accounts);
    }

    static Outcome run(long seed, Ground ground, Breach breach) {
        return new Simulation(seed, ground, breach).run();
    }

    private Account account(String name, boolean remembersTags, Kind... kinds) {
        return new Account(world, effects, name, List.of(kinds), remembersTags, breach, rows(), hosts);
    }

    /** What our rows say, asked without anybody's noticing. */
    private Account.Ledgers rows() {
        return new Account.Ledgers() {
            @Override
            public @Nullable String attemptStatus(UUID tag) {
                return unobserved("""
                        select case when destroy_asked_at is null then status else 'given up' end
                        from placement_attempt where id = :id
                        """, tag);
            }

            @Override
            public boolean volumeAsked(UUID tag) {
                return unobserved("select 'asked' from volume where id = :id and create_asked_at is not null", tag)
                        != null;
            }
        };
    }

    private @Nullable String unobserved(String query, UUID id) {
        Strand strand = Strand.current();
        if (strand != null) {
            strand.unobserved = true;
        }
        try {
            return ground.database()
                    .read(tx -> tx.handle()
                            .createQuery(query)
                            .bind("id", id)
                            .mapTo(String.class)
                            .findOne()
                            .orElse(null));
        } finally {
            if (strand != null) {
                strand.unobserved = false;
            }
        }
    }

    private List<Replica> replicas() {
        List<Replica> replicas = new ArrayList<>();
        for (Slot slot : slots) {
            if (slot.replica != null) {
                replicas.add(slot.replica);
            }
        }
        return replicas;
    }

    private Optional<Replica> anyReplica() {
        List<Replica> available = replicas().stream().filter(Replica::available).toList();
        return available.isEmpty() ? Optional.empty() : Optional.of(world.chance.of(available));
    }

    private Outcome run() {
        Map<String, Integer> ends = Map.of();
        ground.source().enter(world, effects, breach);
        try {
            slots.forEach(this::start);
            int sessions = world.chance.whole(8, 24);
            customers.begin(sessions, ASKING_MICROS, this::money);
            new Mishaps(world, queue, accounts, this::replicas).begin(MISCHIEF_MICROS, breach);
            world.runUntil(MISCHIEF_MICROS, () -> false);
            world.mischief = false;
            world.tell("world", "from here on nothing goes wrong any more");
            boolean quiet = world.runUntil(HORIZON_MICROS, () -> customers.allAnswered() && !queue.busy("session"));
            if (!quiet) {
                queue.left("session").forEach(id -> world.violation("session %s is stuck".formatted(id)));
            }
            world.runUntil(world.now() + AFTERMATH_MICROS, () -> false);
            try (SessionLogs logs = logs(hosts.engines(), Clock.fixed(world.instant(), ZoneOffset.UTC))) {
                Audit audit = new Audit(ground.database(), logs, world, accounts, customers);
                audit.audit();
                ends = audit.ends();
            }
        } catch (RuntimeException | Error e) {
            throw new IllegalStateException(
                    "seed " + seed + " broke the simulation at " + Story.time(world.now()) + "\n"
                            + world.story.text(List.of()),
                    e);
        } finally {
            world.end(replicas());
            forget();
        }
        int created = (int)
                customers.wishes().stream().filter(wish -> wish.id != null).count();
        int volumes = (int) customers.volumes().wishes().stream()
                .filter(wish -> wish.id != null)
                .count();
        return new Outcome(
                seed, created, volumes, queue.steps(), world.faults(), ends, world.violations(), world.story);
    }

    /** Volumes and cool-downs outlive the run; in the next one on this database they would be of another world. */
    private void forget() {
        ground.database().useTransaction(tx -> {
            tx.handle().execute("update volume set state = 'deleted', attached_to = null where state <> 'deleted'");
            tx.handle().execute("delete from cooldown");
        });
    }

    private BillingAdmin money(Replica replica) {
        return new BillingAdmin(ground.database(), replica.clock(), ids(), RULES);
    }

    private Ids ids() {
        return world.chance::id;
    }

    private void start(Slot slot) {
        slot.lives++;
        long skew = world.chance.between(-Replica.SKEW_MICROS_MAX, Replica.SKEW_MICROS_MAX);
        Replica replica = new Replica(world, slot.name + slot.lives, skew, () -> died(slot));
        Reconciler reconciler = queue.of(replica);
        replica.serve(server(replica, reconciler));
        Replica before = slot.replica;
        if (before != null) {
            queue.release(before);
        }
        slot.replica = replica;
        world.tell(replica.name(), "starts");
        replica.server().begin(ground.database(), reconciler);
    }

    private void died(Slot slot) {
        Replica dead = java.util.Objects.requireNonNull(slot.replica);
        dead.server().close();
        queue.died(dead);
        world.after(dead.downMicros() + world.chance.micros(300, 15_000), () -> start(slot));
    }

    private SimulatedServer server(Replica replica, Reconciler reconciler) {
        List<Provider> providers =
                accounts.stream().map(Account::adapter).map(this::kept).toList();
        Engines engines = hosts.engines();
        Billing billing = new PrepaidBilling(ground.database(), replica.clock(), ids(), RULES);
        boolean broken = breach == Breach.METER_TOO_EARLY
                || breach == Breach.SETTLED_WHEN_NOTICED
                || breach == Breach.GROWTH_NOT_BILLED;
        if (broken) {
            billing = BrokenBilling.of(billing, replica.clock(), breach);
        }
        return new SimulatedServer(
                new SimulatedServer.Parts(
                        ground.database(),
                        replica.clock(),
                        Simulation::pause,
                        ids(),
                        providers,
                        engines,
                        ground.catalog(),
                        SimulatedMarket.of(
                                providers,
                                ground.catalog(),
                                ground.database(),
                                replica.clock(),
                                Map.of("mimiry.market.margin", "12.5")),
                        billing,
                        logs(engines, replica.clock()),
                        customers,
                        new NoKeys(),
                        new IdempotencyKeys(replica.clock(), Duration.ofDays(1)),
                        reconciler,
                        secretBox,
                        pulls(replica),
                        breach != Breach.NO_SWEEP,
                        breach != Breach.NO_VOLUME_SWEEP),
                properties());
    }

    private Provider kept(Provider adapter) {
        return breach == Breach.CONNECTION_HELD || breach == Breach.NO_TIMEOUT
                ? BrokenAdapter.of(adapter, ground.database(), breach)
                : adapter;
    }

    private static void pause(Duration duration) {
        java.util.Objects.requireNonNull(Strand.current()).sleep(duration.toNanos() / 1_000);
    }

    private SessionLogs logs(Engines engines, Clock clock) {
        return new SteppedLogs(ground.database(), engines, clock, ids());
    }

    /** A pull takes its time, and dies with its replica. */
    private Executor pulls(Replica replica) {
        return pull -> world.after(world.chance.micros(0, 6_000), () -> {
            if (replica.alive()) {
                world.spawn(replica, pull);
            }
        });
    }

    private Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>(Map.of(
                "mimiry.sessions.setup-timeout", "3m",
                "mimiry.sessions.pull-timeout", "3m",
                "mimiry.sessions.start-timeout", "2m",
                "mimiry.sessions.placement-timeout", "5m",
                "mimiry.volumes.monthly-price-per-gb", "36.5",
                "mimiry.volumes.provision-timeout", "2m",
                "mimiry.volumes.destroy-unknown", "true",
                "mimiry.volumes.unknown-age", "2m"));
        if (breach == Breach.VOLUME_ABSENT_ONCE_IS_GONE) {
            properties.put("mimiry.volumes.absence-gap", "0s");
        }
        if (breach == Breach.ABSENT_ONCE_IS_GONE) {
            properties.put("mimiry.sessions.absence-gap", "0s");
        }
        return properties;
    }
}
