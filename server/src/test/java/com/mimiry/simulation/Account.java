package com.mimiry.simulation;

import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Our account at one provider: the truth about its machines, and what it lets us know of it. */
final class Account {
    private static final long LISTING_LAG_MILLIS_MAX = 4_000;
    private static final long HIDDEN_MILLIS_MAX = 900;
    private static final long HIDES_AGAIN_MICROS = 20_000_000;
    private static final long ENDING_MILLIS_MAX = 15_000;
    private static final long BOOT_MILLIS_MAX = 20_000;

    private final World world;
    private final Effects effects;
    private final String name;
    private final List<Kind> kinds;
    /** Whether a tag that was destroyed is never made again; not every provider can. */
    private final boolean remembersTags;

    private final Breach breach;
    private final Chance offersChance;
    private final Ledgers ledgers;
    private final Hosts hosts;
    private final Map<UUID, SimulatedMachine> machines = new LinkedHashMap<>();
    private final Set<UUID> destroyed = new HashSet<>();
    private final Shelf shelf;
    private long incompleteUntil;

    /** What our own rows say, asked without anybody's noticing. */
    interface Ledgers {
        /** @return the committed attempt's status, "given up" once its end was asked for; null where there is no such row */
        @Nullable String attemptStatus(UUID tag);

        /** Whether a volume's row says that it was asked for. */
        boolean volumeAsked(UUID tag);
    }

    Account(
            World world,
            Effects effects,
            String name,
            List<Kind> kinds,
            boolean remembersTags,
            Breach breach,
            Ledgers ledgers,
            Hosts hosts) {
        this.world = world;
        this.effects = effects;
        this.name = name;
        this.kinds = kinds;
        this.remembersTags = remembersTags;
        this.breach = breach;
        this.offersChance = world.chance.fork();
        this.ledgers = ledgers;
        this.hosts = hosts;
        List<String> locations = kinds.stream().map(Kind::location).distinct().toList();
        this.shelf = new Shelf(world, effects, name, locations, remembersTags, breach, ledgers::volumeAsked, this);
    }

    Shelf shelf() {
        return shelf;
    }

    String name() {
        return name;
    }

    Collection<SimulatedMachine> machines() {
        return machines.values();
    }

    @Nullable SimulatedMachine machine(UUID tag) {
        return machines.get(tag);
    }

    /** The account as a replica's adapter sees it. */
    Provider adapter() {
        VolumeProvider volumes = shelf.adapter();
        return new Provider() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Optional<VolumeProvider> volumes() {
                return Optional.of(volumes);
            }

            @Override
            public List<Offer> offers() {
                return Account.this.offers();
            }

            @Override
            public Duration offersFreshFor() {
                return Duration.ofSeconds(5);
            }

            @Override
            public Machine launch(LaunchRequest request) {
                effects.call("before a launch", true);
                Machine machine = launched(request);
                effects.point("after a launch", true);
                return machine;
            }

            @Override
            public List<Machine> machines() {
                effects.call("before a listing", false);
                return listed();
            }

            @Override
            public void destroy(UUID tag) {
                effects.call("before a destroy", true);
                Account.this.destroy(tag);
                effects.point("after a destroy", true);
            }
        };
    }

    /** Asked from threads of the market's own, so it draws from numbers of its own. */
    private List<Offer> offers() {
        if (world.mischief && offersChance.in(world.mood.listing())) {
            world.count(Fault.OFFERS_SILENT);
            throw new ProviderFailure.Unavailable("offers: 503", null);
        }
        List<Offer> offers = new ArrayList<>();
        for (Kind kind : kinds) {
            long free = kind.capacity() - live(machine -> machine.kind.equals(kind));
            offers.add(new Offer(
                    name,
                    kind.location(),
                    kind.reference(),
                    kind.gpu(),
                    kind.memoryMib(),
                    kind.gpus(),
                    kind.gpus(),
                    kind.hourlyCost(),
                    16,
                    65_536,
                    OptionalInt.of((int) Math.max(0, free)),
                    free > 0,
                    false,
                    true));
        }
        return offers;
    }

    private long live(Predicate<SimulatedMachine> which) {
        return machines.values().stream()
                .filter(machine -> machine.existsAt(world.now()))
                .filter(which)
                .count();
    }

    private Machine launched(LaunchRequest request) {
        SimulatedMachine earlier = machines.get(request.tag());
        if (earlier != null || (remembersTags && destroyed.contains(request.tag()))) {
            if (earlier == null || !earlier.existsAt(world.now()) || earlier.destroyAskedAt != SimulatedMachine.NEVER) {
                throw new ProviderFailure.InvalidRequest("machine " + request.tag() + " has ended");
            }
            return earlier.listed(world);
        }
        requireIntent(request);
        if (!world.mischief || !world.chance.in(world.mood.launch())) {
            return make(request).listed(world);
        }
        return switch (world.chance.whole(0, 6)) {
            case 0 -> {
                world.fault(Fault.LAUNCH_FAILED_BEFORE, name, "" + request.tag());
                throw unclear("502 Bad Gateway");
            }
            case 1 -> {
                make(request);
                world.fault(Fault.LAUNCH_FAILED_AFTER, name, "" + request.tag());
                throw unclear("timed out");
            }
            case 2 -> {
                long later = world.chance.micros(200, 2_500);
                world.fault(Fault.LAUNCH_LATE, name, request.tag() + ", after " + Story.time(later));
                world.after(later, () -> makeLater(request));
                throw unclear("timed out");
            }
            case 3 -> {
                world.fault(Fault.RATE_LIMITED, name, "launch of " + request.tag());
                throw new ProviderFailure.RateLimited("429 Too Many Requests", Duration.ofSeconds(5));
            }
            case 4 -> {
                world.fault(Fault.OFFER_GONE, name, "" + request.tag());
                throw new ProviderFailure.NoCapacity("none left");
            }
            case 5 -> {
                world.fault(Fault.LAUNCH_REFUSED, name, "" + request.tag());
                throw world.chance.in(0.5)
                        ? new ProviderFailure.QuotaExceeded("quota of the account")
                        : new ProviderFailure.InsufficientFunds("account balance");
            }
            default -> make(request).listed(world);
        };
    }

    private ProviderFailure unclear(String words) {
        return breach == Breach.AMBIGUOUS_IS_FAILED
                ? new ProviderFailure.NoCapacity(words)
                : new ProviderFailure.Unavailable(words, null);
    }

    private void requireIntent(LaunchRequest request) {
        if (ledgers.attemptStatus(request.tag()) == null) {
            world.violation("rule 1: the launch of %s for %s has no committed intent"
                    .formatted(request.tag(), request.sessionId()));
        }
    }

    private void makeLater(LaunchRequest request) {
        if (remembersTags && destroyed.contains(request.tag())) {
            world.tell(name, "refused to make %s late: its tag was destroyed".formatted(request.tag()));
        } else if (capacity(request) > 0) {
            try {
                make(request);
            } catch (ProviderFailure e) {
                world.tell(name, "refused to make %s late: %s".formatted(request.tag(), e.getMessage()));
            }
        }
    }

    private long capacity(LaunchRequest request) {
        Kind kind = kind(request);
        return kind.capacity() - live(machine -> machine.kind.equals(kind));
    }

    private Kind kind(LaunchRequest request) {
        return kinds.stream()
                .filter(kind -> kind.reference().equals(request.offer().reference()))
                .findFirst()
                .orElseThrow(() -> new ProviderFailure.InvalidRequest("no such kind"));
    }

    private SimulatedMachine make(LaunchRequest request) {
        if (capacity(request) <= 0) {
            throw new ProviderFailure.NoCapacity("none of " + request.offer().reference() + " is left");
        }
        String status = ledgers.attemptStatus(request.tag());
        boolean late = status != null && Set.of("refused", "gone", "given up").contains(status);
        requireTheOnlyOne(request, late);
        shelf.requireFree(request, late);
        SimulatedMachine machine = add(request.tag(), request.sessionId(), kind(request), late);
        request.volumes().forEach(volume -> machine.volumes.add(volume.tag()));
        world.tell(
                name,
                "made %s for %s at %s%s"
                        .formatted(
                                machine.tag, request.sessionId(), machine.host, late ? ", too late for anybody" : ""));
        return machine;
    }

    private void requireTheOnlyOne(LaunchRequest request, boolean late) {
        for (SimulatedMachine other : machines.values()) {
            if (!late && !other.late && request.sessionId().equals(other.session) && other.existsAt(world.now())) {
                world.violation("two machines at once for session %s: %s and %s"
                        .formatted(request.sessionId(), other.tag, request.tag()));
            }
        }
    }

    private SimulatedMachine add(UUID tag, @Nullable UUID session, Kind kind, boolean late) {
        boolean boots = !world.mischief || session == null || !world.chance.in(0.04);
        long now = world.now();
        if (!boots) {
            world.fault(Fault.MACHINE_NEVER_BOOTED, name, "" + tag);
        }
        SimulatedMachine machine = new SimulatedMachine(
                tag,
                session,
                kind,
                hosts.address(),
                now,
                boots ? now + world.chance.micros(0, BOOT_MILLIS_MAX) : SimulatedMachine.NEVER,
                now + (world.mischief ? world.chance.micros(0, LISTING_LAG_MILLIS_MAX) : 0),
                late,
                world.chance.in(0.2)
                        ? world.chance.between(-30_000_000, 30_000_000)
                        : world.chance.between(-50_000, 50_000));
        // It is either late in listings or left out of them, never one after the other.
        machine.mayHideFrom = machine.listedFrom + HIDES_AGAIN_MICROS;
        machines.put(tag, machine);
        hosts.moveIn(machine);
        return machine;
    }

    /** A machine with our tag that none of our rows has ever known. */
    void plant() {
        SimulatedMachine machine = add(world.chance.id(), null, world.chance.of(kinds), true);
        world.fault(Fault.MACHINE_PLANTED, name, "" + machine.tag);
    }

    /** For a while no listing can be completed. */
    void loseAPage(long micros) {
        incompleteUntil = world.now() + micros;
    }

    boolean losesAPage() {
        return world.now() < incompleteUntil;
    }

    private List<Machine> listed() {
        long now = world.now();
        boolean incomplete = world.mischief && (losesAPage() || world.chance.in(world.mood.listing()));
        if (incomplete && breach != Breach.INCOMPLETE_LISTING_USED) {
            world.fault(Fault.LISTING_INCOMPLETE, name, "");
            throw world.chance.in(0.5)
                    ? new ProviderFailure.Unavailable("page 2: 503", null)
                    : new ProviderFailure.RateLimited("429 Too Many Requests", null);
        }
        List<Machine> listed = new ArrayList<>();
        for (SimulatedMachine machine : machines.values()) {
            if (!machine.existsAt(now) || now < machine.listedFrom || now < machine.hiddenUntil) {
                continue;
            }
            if (world.mischief && now >= machine.mayHideFrom && world.chance.in(world.mood.stale())) {
                // Never twice within a time in which two listings could prove it gone.
                machine.hide(now, now + world.chance.micros(1, HIDDEN_MILLIS_MAX));
                machine.mayHideFrom = now + HIDES_AGAIN_MICROS;
                world.fault(Fault.LISTING_STALE, name, machine.tag + " is not shown");
                continue;
            }
            listed.add(machine.listed(world));
        }
        return incomplete ? listed.subList(listed.size() / 2, listed.size()) : listed;
    }

    private void destroy(UUID tag) {
        if (world.mischief && world.chance.in(world.mood.destroy())) {
            boolean before = world.chance.in(0.5);
            world.fault(Fault.DESTROY_FAILED, name, tag + (before ? " before" : " after"));
            if (!before) {
                end(tag);
            }
            throw world.chance.in(0.3)
                    ? new ProviderFailure.RateLimited("429 Too Many Requests", null)
                    : new ProviderFailure.Unavailable("the machine is being provisioned: 500", null);
        }
        end(tag);
    }

    private void end(UUID tag) {
        destroyed.add(tag);
        SimulatedMachine machine = machines.get(tag);
        if (machine != null && machine.destroyAskedAt == SimulatedMachine.NEVER && machine.existsAt(world.now())) {
            machine.destroyAskedAt = world.now();
            machine.goneAt = world.now() + world.chance.micros(0, ENDING_MILLIS_MAX);
            world.tell(name, "ends %s, gone in %s".formatted(tag, Story.time(machine.goneAt - world.now())));
            world.after(machine.goneAt - world.now(), () -> hosts.moveOut(machine));
        }
    }

    /** The provider takes it away, as it does with spot machines, or it breaks for good. */
    void vanish(SimulatedMachine machine) {
        machine.goneAt = world.now();
        machine.vanished = true;
        hosts.moveOut(machine);
        world.fault(Fault.MACHINE_VANISHED, name, "%s of %s".formatted(machine.tag, machine.session));
    }
}
