package com.mimiry.volumes;

import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Held;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import com.mimiry.volumes.VolumeProviders.Listing;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Compares what the providers hold for us with the rows, both ways. A row whose volume is not there is looked at again and
 * then failed. A volume without a live row is destroyed where its row says that it was deleted or given up; where no row knows it, it
 * holds data that somebody may miss (after a database was restored, for one), so it is reported, and destroyed only if the
 * configuration says so and it is old enough.
 */
@Singleton
final class VolumeSweep implements Reconciler.Steps {
    private static final Logger LOG = Logger.getLogger(VolumeSweep.class);
    private static final UUID ONLY = new UUID(0, 2);

    private final Database database;
    private final VolumeStore store = new VolumeStore();
    private final VolumeProviders providers;
    private final Reconciler reconciler;
    private final Clock clock;
    private final Duration every;
    private final Duration ageMin;
    private final boolean destroyUnknown;

    VolumeSweep(Database database, VolumeProviders providers, Reconciler reconciler, VolumeConfig config, Clock clock) {
        this.database = database;
        this.providers = providers;
        this.reconciler = reconciler;
        this.clock = clock;
        this.every = config.sweepInterval();
        this.ageMin = config.unknownAge();
        this.destroyUnknown = config.destroyUnknown();
    }

    /** What one look at a provider showed. */
    record Report(String provider, int held, int missing, int unknown, int destroyed) {}

    void begin(@Observes @Priority(100) StartupEvent event, Reconciler steps) {
        database.useTransaction(tx -> steps.begin(tx, kind(), ONLY));
    }

    @Override
    public String kind() {
        return "volume-sweep";
    }

    @Override
    public Next step(UUID id) {
        providers.all().forEach((name, provider) -> {
            try {
                Report report = sweep(name, provider);
                if (report.missing + report.unknown + report.destroyed > 0) {
                    LOG.warnf(
                            "%d volumes at %s: %d missing, %d that no row knows, %d destroyed",
                            report.held, name, report.missing, report.unknown, report.destroyed);
                }
            } catch (ProviderFailure e) {
                LOG.warnf("the volumes of %s were not swept: %s", name, e.getMessage());
            }
        });
        return new Next.After(every);
    }

    Report sweep(String name, VolumeProvider provider) {
        List<Volume> before = database.read(tx -> store.live(tx, name));
        if (before.size() == VolumeStore.LIVE_MAX) {
            throw new ProviderFailure.Unavailable("more volumes than can be swept at once", null);
        }
        Listing listing = providers.listing(name);
        int missing = 0;
        for (Volume volume : before) {
            // What became ready after the listing began may not be in it.
            boolean expected = volume.state() == VolumeState.PROVISIONED
                    && !volume.deleteRequested()
                    && volume.asked().absentSince() == null
                    && volume.times().provisionedAt() != null
                    && volume.times().provisionedAt().isBefore(listing.begunAt());
            boolean absent = !listing.volumes().containsKey(volume.id())
                    && listing.provesAbsent().test(volume.id());
            if (expected && absent && suspect(volume, listing.begunAt())) {
                missing++;
            }
        }
        // The rows after the listing: a volume listed without a row cannot have got one in between.
        Map<UUID, Volume> live = database.read(tx -> store.live(tx, name)).stream()
                .collect(Collectors.toMap(Volume::id, Function.identity()));
        int unknown = 0;
        int destroyed = 0;
        for (Held held : listing.volumes().values()) {
            Volume row = live.get(held.tag());
            if (row != null && !neverWas(row)) {
                continue;
            }
            if (row != null || mayBeDestroyed(held)) {
                LOG.warnf(
                        "destroying volume %s at %s: it carries our tag and no live row knows it",
                        held.reference(), name);
                destroyed += destroy(provider, held) ? 1 : 0;
            } else {
                LOG.warnf(
                        "volume %s (%d GB) at %s carries our tag and no row knows it; it is left alone",
                        held.reference(), held.sizeGb(), name);
                unknown++;
            }
        }
        return new Report(name, listing.volumes().size(), missing, unknown, destroyed);
    }

    private boolean suspect(Volume volume, Instant since) {
        boolean noted = database.inTransaction(tx -> store.absentSince(tx, volume, since));
        if (noted) {
            LOG.errorf(
                    "volume %s (%s) is not at %s; looking again",
                    volume.id(), volume.name(), volume.home().provider());
            reconciler.wake(VolumeSteps.KIND, volume.id());
        }
        return noted;
    }

    /** It was given up before it was there, and was made all the same: nobody can have written to it. */
    private static boolean neverWas(Volume row) {
        return row.state() == VolumeState.FAILED && row.times().provisionedAt() == null;
    }

    /** One that cannot be destroyed now keeps no other from its end. */
    private static boolean destroy(VolumeProvider provider, Held held) {
        try {
            provider.destroy(held.tag());
            return true;
        } catch (ProviderFailure e) {
            LOG.warnf("volume %s is not gone yet: %s", held.reference(), e.getMessage());
            return false;
        }
    }

    private boolean mayBeDestroyed(Held held) {
        Optional<Volume> row = database.read(tx -> store.find(tx, held.tag()));
        if (row.isPresent()) {
            return row.get().state() == VolumeState.DELETED;
        }
        return destroyUnknown && held.createdAt().isBefore(clock.instant().minus(ageMin));
    }
}
