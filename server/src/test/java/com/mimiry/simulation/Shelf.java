package com.mimiry.simulation;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The volumes of our account at one provider: the truth, and what it lets us know of it. Machines get them at their launch. */
final class Shelf {
    private static final long LISTING_LAG_MILLIS_MAX = 4_000;
    private static final long HIDDEN_MILLIS_MAX = 900;
    private static final long HIDES_AGAIN_MICROS = 20_000_000;
    private static final long MAKING_MILLIS_MAX = 8_000;
    private static final long ENDING_MILLIS_MAX = 5_000;
    private static final Money MONTHLY_COST_PER_GB = Money.ofEuros("10");

    private final World world;
    private final Effects effects;
    private final String name;
    private final List<String> locations;
    /** Whether a create that arrives after its volume's end is refused; not every provider can. */
    private final boolean remembersTags;

    private final Breach breach;
    private final Predicate<UUID> asked;
    private final Account account;
    private final Map<UUID, SimulatedVolume> volumes = new LinkedHashMap<>();
    private final Set<UUID> destroyed = new HashSet<>();

    /** @param asked whether our own rows say that a volume was asked for; asked without anybody's noticing */
    Shelf(
            World world,
            Effects effects,
            String name,
            List<String> locations,
            boolean remembersTags,
            Breach breach,
            Predicate<UUID> asked,
            Account account) {
        this.world = world;
        this.effects = effects;
        this.name = name;
        this.locations = locations;
        this.remembersTags = remembersTags;
        this.breach = breach;
        this.asked = asked;
        this.account = account;
    }

    Collection<SimulatedVolume> volumes() {
        return volumes.values();
    }

    @Nullable SimulatedVolume volume(UUID tag) {
        return volumes.get(tag);
    }

    List<String> locations() {
        return locations;
    }

    /** The volumes as a replica's adapter sees them. */
    VolumeProvider adapter() {
        return new VolumeProvider() {
            @Override
            public List<Place> places() {
                effects.call("before asking for places", true);
                return locations.stream()
                        .map(each -> new Place(each, "NVMe", each, 1_000_000, MONTHLY_COST_PER_GB, ""))
                        .toList();
            }

            @Override
            public Held create(Request request) {
                effects.call("before a volume's create", true);
                Held held = created(request);
                effects.point("after a volume's create", true);
                return held;
            }

            @Override
            public List<Held> volumes() {
                effects.call("before a listing of volumes", false);
                return listed();
            }

            @Override
            public void resize(UUID tag, int sizeGb) {
                effects.call("before a resize", true);
                changed("resize of " + tag, () -> grow(tag, sizeGb));
                effects.point("after a resize", true);
            }

            @Override
            public void destroy(UUID tag) {
                effects.call("before a volume's destroy", true);
                changed("destroy of " + tag, () -> end(tag));
                effects.point("after a volume's destroy", true);
            }

            @Override
            public boolean attachable(String reference, String location, Offer offer) {
                return offer.provider().equals(name) && offer.location().equals(location);
            }

            @Override
            public List<String> mount(UUID machine, EngineAddress engine, List<UUID> tags) {
                effects.call("before mounting volumes", true);
                return mounted(machine, tags);
            }
        };
    }

    private VolumeProvider.Held created(VolumeProvider.Request request) {
        UUID tag = request.tag();
        SimulatedVolume earlier = volumes.get(tag);
        if (earlier != null && earlier.existsAt(world.now()) && !earlier.destroyAsked) {
            return earlier.listed(world);
        }
        if (earlier != null || (remembersTags && destroyed.contains(tag))) {
            throw new ProviderFailure.InvalidRequest("volume " + tag + " has ended");
        }
        if (!asked.test(tag)) {
            world.violation("rule 1: the create of volume %s has no committed intent".formatted(tag));
        }
        if (!world.mischief || !world.chance.in(world.mood.launch())) {
            return make(request).listed(world);
        }
        throw refused(request);
    }

    private ProviderFailure refused(VolumeProvider.Request request) {
        UUID tag = request.tag();
        return switch (world.chance.whole(0, 4)) {
            case 0 -> {
                world.fault(Fault.VOLUME_FAILED_BEFORE, name, "" + tag);
                yield unclear("502 Bad Gateway");
            }
            case 1 -> {
                make(request);
                world.fault(Fault.VOLUME_FAILED_AFTER, name, "" + tag);
                yield unclear("timed out");
            }
            case 2 -> {
                long later = world.chance.micros(200, 2_500);
                world.fault(Fault.VOLUME_LATE, name, tag + ", after " + Story.time(later));
                world.after(later, () -> makeLater(request));
                yield unclear("timed out");
            }
            case 3 -> {
                world.fault(Fault.RATE_LIMITED, name, "create of volume " + tag);
                yield new ProviderFailure.RateLimited("429 Too Many Requests", Duration.ofSeconds(5));
            }
            default -> {
                world.fault(Fault.VOLUME_REFUSED, name, "" + tag);
                yield new ProviderFailure.QuotaExceeded("Volume limit exceeded");
            }
        };
    }

    private ProviderFailure unclear(String words) {
        return breach == Breach.VOLUME_AMBIGUOUS_IS_FAILED
                ? new ProviderFailure.NoCapacity(words)
                : new ProviderFailure.Unavailable(words, null);
    }

    private void makeLater(VolumeProvider.Request request) {
        boolean refused = volumes.containsKey(request.tag()) || (remembersTags && destroyed.contains(request.tag()));
        if (!refused) {
            make(request);
        }
    }

    private SimulatedVolume make(VolumeProvider.Request request) {
        return add(request.tag(), request.location(), request.sizeGb());
    }

    private SimulatedVolume add(UUID tag, String location, int sizeGb) {
        long now = world.now();
        SimulatedVolume volume = new SimulatedVolume(
                tag,
                location,
                sizeGb,
                now,
                now + world.chance.micros(0, MAKING_MILLIS_MAX),
                now + (world.mischief ? world.chance.micros(0, LISTING_LAG_MILLIS_MAX) : 0));
        volume.mayHideFrom = volume.listedFrom + HIDES_AGAIN_MICROS;
        volumes.put(tag, volume);
        world.tell(name, "made volume %s of %d GB at %s".formatted(tag, sizeGb, location));
        return volume;
    }

    /** A volume with our tag that none of our rows has ever known. */
    void plant() {
        SimulatedVolume volume = add(world.chance.id(), world.chance.of(locations), 5);
        world.fault(Fault.VOLUME_PLANTED, name, "" + volume.tag);
    }

    /** Somebody deletes a volume there that nobody uses. */
    void vanish(SimulatedVolume volume) {
        volume.goneAt = world.now();
        volume.vanished = true;
        world.fault(Fault.VOLUME_VANISHED, name, "" + volume.tag);
    }

    private List<VolumeProvider.Held> listed() {
        long now = world.now();
        if (world.mischief && (account.losesAPage() || world.chance.in(world.mood.listing()))) {
            world.fault(Fault.LISTING_INCOMPLETE, name, "volumes");
            throw new ProviderFailure.Unavailable("page 2: 503", null);
        }
        List<VolumeProvider.Held> listed = new ArrayList<>();
        for (SimulatedVolume volume : volumes.values()) {
            if (!volume.existsAt(now) || now < volume.listedFrom || now < volume.hiddenUntil) {
                continue;
            }
            if (world.mischief && now >= volume.mayHideFrom && world.chance.in(world.mood.stale())) {
                // Never twice within a time in which two listings could prove it gone.
                volume.hide(now, now + world.chance.micros(1, HIDDEN_MILLIS_MAX));
                volume.mayHideFrom = now + HIDES_AGAIN_MICROS;
                world.fault(Fault.VOLUME_LEFT_OUT, name, "" + volume.tag);
                continue;
            }
            listed.add(volume.listed(world));
        }
        return listed;
    }

    private void changed(String what, Runnable change) {
        if (world.mischief && world.chance.in(world.mood.destroy())) {
            boolean before = world.chance.in(0.5);
            world.fault(Fault.VOLUME_CHANGE_FAILED, name, what + (before ? " before" : " after"));
            if (!before) {
                change.run();
            }
            throw world.chance.in(0.3)
                    ? new ProviderFailure.RateLimited("429 Too Many Requests", null)
                    : new ProviderFailure.Unavailable("500", null);
        }
        change.run();
    }

    private void grow(UUID tag, int sizeGb) {
        SimulatedVolume volume = volumes.get(tag);
        if (volume == null || !volume.existsAt(world.now())) {
            throw new ProviderFailure.InvalidRequest("no such volume");
        }
        if (volume.sizeGb() < sizeGb) {
            volume.grow(world.now(), sizeGb);
            world.tell(name, "grew volume %s to %d GB".formatted(tag, sizeGb));
        }
    }

    private void end(UUID tag) {
        SimulatedMachine holder = holder(tag);
        if (holder != null) {
            if (isInUse(holder)) {
                world.violation("volume %s was to be destroyed while machine %s had it".formatted(tag, holder.tag));
            }
            throw new ProviderFailure.InvalidRequest("volume " + tag + " is attached");
        }
        destroyed.add(tag);
        SimulatedVolume volume = volumes.get(tag);
        if (volume != null && !volume.destroyAsked && volume.existsAt(world.now())) {
            volume.destroyAsked = true;
            volume.goneAt = world.now() + world.chance.micros(0, ENDING_MILLIS_MAX);
            world.tell(name, "ends volume %s, gone in %s".formatted(tag, Story.time(volume.goneAt - world.now())));
        }
    }

    boolean isFree(SimulatedVolume volume) {
        return holder(volume.tag) == null;
    }

    /** The machine that has it, if one has. */
    private @Nullable SimulatedMachine holder(UUID tag) {
        return account.machines().stream()
                .filter(machine -> machine.volumes.contains(tag) && machine.existsAt(world.now()))
                .findFirst()
                .orElse(null);
    }

    /** Not one that nobody knows of, or that is on its way out. */
    private static boolean isInUse(SimulatedMachine machine) {
        return !machine.late && machine.destroyAskedAt == SimulatedMachine.NEVER;
    }

    /** Refuses a launch whose volumes cannot be had. */
    void requireFree(LaunchRequest request, boolean late) {
        for (VolumeProvider.Attachment wanted : request.volumes()) {
            SimulatedVolume volume = volumes.get(wanted.tag());
            if (volume == null || !volume.existsAt(world.now()) || volume.destroyAsked) {
                throw new ProviderFailure.InvalidRequest("no such volume: " + wanted.tag());
            }
            if (!volume.location.equals(request.offer().location())) {
                world.violation("volume %s at %s was wanted at %s"
                        .formatted(
                                wanted.tag(), volume.location, request.offer().location()));
            }
            SimulatedMachine holder = holder(wanted.tag());
            if (holder == null) {
                continue;
            }
            boolean anothers = !request.sessionId().equals(holder.session);
            if (anothers && !late && isInUse(holder)) {
                world.violation("volume %s was wanted for %s while machine %s of %s had it"
                        .formatted(wanted.tag(), request.sessionId(), holder.tag, holder.session));
            }
            throw new ProviderFailure.InvalidRequest("volume " + wanted.tag() + " is attached");
        }
    }

    private List<String> mounted(UUID machine, List<UUID> tags) {
        SimulatedMachine target = account.machine(machine);
        if (target == null || !target.existsAt(world.now())) {
            throw new ProviderFailure.Unavailable("there is no machine " + machine, null);
        }
        for (UUID tag : tags) {
            SimulatedVolume volume = volumes.get(tag);
            if (!target.volumes.contains(tag)) {
                world.violation(
                        "volume %s was to be mounted on machine %s, which does not have it".formatted(tag, machine));
            }
            if (volume == null || !volume.existsAt(world.now())) {
                throw new ProviderFailure.InvalidRequest("volume " + tag + " is gone");
            }
        }
        return tags.stream().map(tag -> "/volumes/" + tag).toList();
    }
}
