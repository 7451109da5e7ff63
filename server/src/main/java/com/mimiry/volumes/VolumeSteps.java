package com.mimiry.volumes;

import com.mimiry.billing.Billing;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Held;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import com.mimiry.volumes.VolumePlan.Policy;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Carries out what {@link VolumePlan} decides: look, decide, act, record, until there is nothing to do for a while. */
@Singleton
final class VolumeSteps implements Reconciler.Steps {
    private static final Logger LOG = Logger.getLogger(VolumeSteps.class);

    static final String KIND = "volume";

    private static final Next AGAIN = new Next.After(Duration.ZERO);
    private static final Next SOON = new Next.After(Duration.ofSeconds(1));
    private static final Duration RATE_LIMITED = Duration.ofSeconds(5);
    private static final Duration UNCONFIGURED = Duration.ofSeconds(30);
    private static final int MOVES_MAX = 25;

    private final Database database;
    private final VolumeStore store = new VolumeStore();
    private final VolumeProviders providers;
    private final VolumePrices prices;
    private final Billing billing;
    private final Policy policy;
    private final Clock clock;

    VolumeSteps(
            Database database,
            VolumeProviders providers,
            VolumePrices prices,
            Billing billing,
            VolumeConfig config,
            Clock clock) {
        this.database = database;
        this.providers = providers;
        this.prices = prices;
        this.billing = billing;
        this.policy = new Policy(config.absenceGap(), config.absenceAge(), config.provisionTimeout());
        this.clock = clock;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Next step(UUID id) {
        for (int i = 0; i < MOVES_MAX; i++) {
            Optional<Volume> found = database.read(tx -> store.find(tx, id));
            if (found.isEmpty()) {
                return new Next.Done();
            }
            Volume volume = found.get();
            VolumeSight sight = VolumePlan.looks(volume) ? providers.sight(volume) : new VolumeSight.Unseen();
            Next next = act(volume, VolumePlan.next(volume, sight, policy, clock.instant()));
            if (next != null) {
                return next;
            }
        }
        return AGAIN;
    }

    /** @return when to look again; null = at once */
    private @Nullable Next act(Volume volume, VolumeDecision decision) {
        Instant now = clock.instant();
        return switch (decision) {
            case VolumeDecision.Pause(Duration duration) -> {
                meter(volume, now);
                yield new Next.After(duration);
            }
            case VolumeDecision.Rest _ -> {
                meter(volume, now);
                yield new Next.After(billing.postingInterval());
            }
            case VolumeDecision.Finished _ -> new Next.Done();
            case VolumeDecision.Create _ -> create(volume);
            case VolumeDecision.Adopt(Held held) -> adopt(volume, held);
            case VolumeDecision.Fail(String error) -> fail(volume, error);
            case VolumeDecision.Resize _ -> resize(volume);
            case VolumeDecision.ShowDeleting _ -> write(tx -> store.deleting(tx, volume));
            case VolumeDecision.Destroy _ -> destroy(volume);
            case VolumeDecision.NoteAbsence(Instant since) -> write(tx -> store.absentSince(tx, volume, since));
            case VolumeDecision.Vanish(Instant since) -> vanish(volume, since);
            case VolumeDecision.Close(Instant since) ->
                write(tx -> {
                    boolean ours = store.deleted(tx, volume, now);
                    if (ours) {
                        settle(tx, volume, since);
                    }
                    return ours;
                });
        };
    }

    /** What exists is paid for, also below zero: contents are not thrown away for a debt. */
    private void meter(Volume volume, Instant now) {
        Instant from = volume.times().provisionedAt();
        if (from != null && volume.state() == VolumeState.PROVISIONED) {
            database.useTransaction(tx -> billing.meter(tx, volume.id(), from, now));
        }
    }

    private void settle(Transaction tx, Volume volume, Instant end) {
        Instant from = volume.times().provisionedAt();
        if (from == null) {
            billing.release(tx, volume.id());
        } else {
            billing.settle(tx, volume.id(), from, end);
        }
    }

    private @Nullable Next create(Volume volume) {
        Optional<VolumeProvider> provider = providers.of(volume.home().provider());
        if (provider.isEmpty()) {
            return new Next.After(UNCONFIGURED);
        }
        boolean ours = database.inTransaction(tx -> store.createAsked(tx, volume, clock.instant()));
        if (!ours) {
            return null;
        }
        Volume asked = database.read(tx -> store.find(tx, volume.id())).orElseThrow();
        try {
            Held held = provider.get()
                    .create(new VolumeProvider.Request(
                            volume.id(),
                            volume.sizeGb(),
                            volume.home().location(),
                            volume.home().type(),
                            volume.home().place()));
            return held.state() == VolumeProvider.State.READY ? adopt(asked, held) : null;
        } catch (ProviderFailure.Unavailable e) {
            LOG.warnf("volume %s: no clear answer, looking for it: %s", volume.id(), e.getMessage());
            return SOON;
        } catch (ProviderFailure.RateLimited e) {
            database.useTransaction(tx -> store.createAsked(tx, asked, null));
            return new Next.After(Objects.requireNonNullElse(e.retryAfter(), RATE_LIMITED));
        } catch (ProviderFailure.NoCapacity
                | ProviderFailure.QuotaExceeded
                | ProviderFailure.InsufficientFunds
                | ProviderFailure.InvalidRequest
                | ProviderFailure.Unauthorized e) {
            return fail(asked, "The volume could not be made: " + e.getMessage());
        }
    }

    private @Nullable Next adopt(Volume volume, Held held) {
        Instant now = clock.instant();
        Instant created = volume.times().createdAt();
        // The provider's clock may be off; it was made between our asking and now.
        Instant at =
                held.createdAt().isBefore(created) ? created : held.createdAt().isAfter(now) ? now : held.createdAt();
        return write(tx -> store.provisioned(tx, volume, held, at, now));
    }

    private @Nullable Next fail(Volume volume, String error) {
        return write(tx -> {
            boolean ours = store.failed(tx, volume, error, clock.instant());
            if (ours) {
                billing.release(tx, volume.id());
            }
            return ours;
        });
    }

    private @Nullable Next vanish(Volume volume, Instant since) {
        String provider = volume.home().provider();
        LOG.errorf("volume %s (%s) is gone from %s", volume.id(), volume.name(), provider);
        String why = providers
                .of(provider)
                .flatMap(each -> each.lostBecause(volume.id()))
                .map(reason -> "its host was lost (%s).".formatted(reason))
                .orElse("somebody removed it there.");
        return write(tx -> {
            boolean ours = store.failed(
                    tx,
                    volume,
                    "The volume is gone from %s, with its contents: %s".formatted(provider, why),
                    clock.instant());
            if (ours) {
                settle(tx, volume, since);
            }
            return ours;
        });
    }

    private @Nullable Next resize(Volume volume) {
        Optional<VolumeProvider> provider = providers.of(volume.home().provider());
        if (provider.isEmpty()) {
            return new Next.After(UNCONFIGURED);
        }
        try {
            provider.get().resize(volume.id(), volume.wantedGb());
            return grown(volume);
        } catch (ProviderFailure.Unavailable e) {
            LOG.warnf("volume %s: not grown yet: %s", volume.id(), e.getMessage());
            return SOON;
        } catch (ProviderFailure.RateLimited e) {
            return new Next.After(Objects.requireNonNullElse(e.retryAfter(), RATE_LIMITED));
        } catch (ProviderFailure.NoCapacity
                | ProviderFailure.QuotaExceeded
                | ProviderFailure.InsufficientFunds
                | ProviderFailure.InvalidRequest
                | ProviderFailure.Unauthorized e) {
            return notGrown(volume, String.valueOf(e.getMessage()));
        }
    }

    /** Whoever asked for it was checked then; what exists is paid for. */
    private @Nullable Next grown(Volume volume) {
        Money rate = prices.hourlyRate(volume.home().provider(), volume.home().monthlyCostPerGb(), volume.wantedGb());
        return write(tx -> {
            boolean ours = store.grown(tx, volume, rate);
            if (ours) {
                rerate(tx, volume, rate, volume.wantedGb());
            }
            return ours;
        });
    }

    /** It was not paid for yet; it no longer counts for quota. */
    private @Nullable Next notGrown(Volume volume, String words) {
        String error = "The volume could not be grown to %d GB: %s".formatted(volume.wantedGb(), words);
        return write(tx -> {
            boolean ours = store.notGrown(tx, volume, error);
            if (ours) {
                rerate(tx, volume, volume.hourlyRate(), volume.sizeGb());
            }
            return ours;
        });
    }

    private void rerate(Transaction tx, Volume volume, Money rate, int sizeGb) {
        Money cost = prices.hourlyCost(volume.home().monthlyCostPerGb(), sizeGb);
        Instant now = clock.instant();
        Instant from = volume.times().provisionedAt();
        if (from != null) {
            // A meter that has not begun yet would take the new rate for all of its time.
            billing.meter(tx, volume.id(), from, now);
        }
        billing.rerate(tx, volume.id(), rate, cost, sizeGb, now);
    }

    private @Nullable Next destroy(Volume volume) {
        Optional<VolumeProvider> provider = providers.of(volume.home().provider());
        if (provider.isEmpty()) {
            return new Next.After(UNCONFIGURED);
        }
        provider.get().destroy(volume.id());
        return write(tx -> store.destroyAsked(tx, volume, clock.instant()));
    }

    /** Writes what was decided; where the row has moved on meanwhile, the decision is dropped and made anew. */
    private @Nullable Next write(Predicate<Transaction> guarded) {
        if (!database.inTransaction(guarded::test)) {
            LOG.debug("the row had moved on; deciding anew");
        }
        return null;
    }
}
