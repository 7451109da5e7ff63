package com.mimiry.volumes;

import com.mimiry.platform.Database;
import com.mimiry.providers.Holdings;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider.Held;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.volumes.VolumeProviders.Listing;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Volumes that carry our deployment's tag, and their rows. A row whose volume is not there is looked at again and then
 * failed. A volume without a live row is destroyed where its row says that it was deleted or given up; where no row knows
 * it, it holds data that somebody may miss (after a database was restored, for one), so it is reported, and destroyed only if the
 * configuration says so and it is old enough.
 */
@Singleton
final class VolumeHoldings implements Holdings {
    private static final Logger LOG = Logger.getLogger(VolumeHoldings.class);

    private final Database database;
    private final VolumeStore store = new VolumeStore();
    private final VolumeProviders providers;
    private final Reconciler reconciler;
    private final Clock clock;
    private final Duration ageMin;
    private final boolean destroyUnknown;

    VolumeHoldings(
            Database database, VolumeProviders providers, Reconciler reconciler, VolumeConfig config, Clock clock) {
        this.database = database;
        this.providers = providers;
        this.reconciler = reconciler;
        this.clock = clock;
        this.ageMin = config.unknownAge();
        this.destroyUnknown = config.destroyUnknown();
    }

    @Override
    public Optional<Inventory> look(String provider) {
        if (providers.of(provider).isEmpty()) {
            return Optional.empty();
        }
        List<Volume> before = live(provider);
        Listing listing = providers.listing(provider);
        List<Item> items = new ArrayList<>();
        for (Volume volume : before) {
            if (!listing.volumes().containsKey(volume.id()) && volume.state() != VolumeState.FAILED) {
                items.add(notThere(volume, listing));
            }
        }
        // The rows after the listing: a volume listed without a row cannot have got one in between.
        Map<UUID, Volume> rows = new HashMap<>();
        live(provider).forEach(volume -> rows.put(volume.id(), volume));
        for (Held held : listing.volumes().values()) {
            Volume row = rows.get(held.tag());
            items.add(row == null || neverWas(row) ? withoutLiveRow(held) : there(held, row, Verdict.OWNED, null, ""));
        }
        return Optional.of(new Inventory(items, Map.of(), listing.gaps()));
    }

    private List<Volume> live(String provider) {
        List<Volume> live = database.read(tx -> store.live(tx, provider));
        if (live.size() == VolumeStore.LIVE_MAX) {
            throw new ProviderFailure.Unavailable("more volumes than can be swept at once", null);
        }
        return live;
    }

    private static Item notThere(Volume volume, Listing listing) {
        Verdict verdict = !isExpected(volume, listing)
                ? Verdict.EXPECTED
                : isMissing(volume, listing) ? Verdict.MISSING : Verdict.UNSEEN;
        String note = verdict == Verdict.MISSING
                ? "it is failed when a second listing misses it too"
                : verdict == Verdict.UNSEEN ? "not everything could be seen" : "it is being made or ended";
        return new Item(
                Kind.VOLUME,
                Objects.requireNonNullElse(volume.home().reference(), ""),
                volume.id(),
                volume.home().location(),
                volume.times().createdAt(),
                "",
                owner(volume),
                verdict,
                null,
                note);
    }

    private static boolean isMissing(Volume volume, Listing listing) {
        return isExpected(volume, listing)
                && !listing.volumes().containsKey(volume.id())
                && listing.provesAbsent().test(volume.id());
    }

    /** What became ready after the listing began may not be in it. */
    private static boolean isExpected(Volume volume, Listing listing) {
        Instant ready = volume.times().provisionedAt();
        return volume.state() == VolumeState.PROVISIONED
                && !volume.deleteRequested()
                && ready != null
                && ready.isBefore(listing.begunAt());
    }

    private Item withoutLiveRow(Held held) {
        Volume row = database.read(tx -> store.find(tx, held.tag())).orElse(null);
        if (row != null) {
            if (neverWas(row)) {
                return there(held, row, Verdict.ORPHAN, null, "it was given up before it was there");
            }
            // A row that came to life meanwhile is left alone, and seen next time.
            return row.state() == VolumeState.DELETED
                    ? there(held, row, Verdict.ORPHAN, null, "it was deleted")
                    : there(held, row, Verdict.OWNED, null, "");
        }
        if (!destroyUnknown) {
            return there(held, null, Verdict.KEPT, null, "no row knows it, and it may hold somebody's data");
        }
        Instant destroyFrom = held.createdAt().plus(ageMin);
        Verdict verdict = destroyFrom.isBefore(clock.instant()) ? Verdict.ORPHAN : Verdict.TOO_YOUNG;
        return there(held, null, verdict, destroyFrom, "no row knows it");
    }

    /** It was given up before it was there, and was made all the same: nobody can have written to it. */
    private static boolean neverWas(Volume row) {
        return row.state() == VolumeState.FAILED && row.times().provisionedAt() == null;
    }

    private static Item there(
            Held held, @Nullable Volume row, Verdict verdict, @Nullable Instant destroyFrom, String note) {
        return new Item(
                Kind.VOLUME,
                held.reference(),
                held.tag(),
                held.location(),
                held.createdAt(),
                held.state().name().toLowerCase(Locale.ROOT),
                row == null ? null : owner(row),
                verdict,
                destroyFrom,
                note);
    }

    private static Owner owner(Volume volume) {
        return new Owner("volume", volume.id(), volume.state().text());
    }

    @Override
    public void settle(String provider, Item item) {
        UUID id = Objects.requireNonNull(item.id());
        if (item.verdict() == Verdict.ORPHAN) {
            LOG.warnf("destroying volume %s at %s: %s", item.reference(), provider, item.note());
            providers.of(provider).orElseThrow().destroy(id);
        } else {
            Listing listing = providers.listing(provider);
            database.read(tx -> store.find(tx, id))
                    .filter(volume -> volume.asked().absentSince() == null && isMissing(volume, listing))
                    .ifPresent(volume -> suspect(volume, listing.begunAt()));
        }
    }

    private void suspect(Volume volume, Instant since) {
        if (database.inTransaction(tx -> store.absentSince(tx, volume, since))) {
            LOG.errorf(
                    "volume %s (%s) is not at %s; looking again",
                    volume.id(), volume.name(), volume.home().provider());
            reconciler.wake(VolumeSteps.KIND, volume.id());
        }
    }
}
