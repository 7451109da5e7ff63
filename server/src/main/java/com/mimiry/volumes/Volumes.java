package com.mimiry.volumes;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.Billing;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import com.mimiry.reconcile.Reconciler;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What callers can do with volumes: create, look, grow, delete. Everything that then happens is in {@link VolumeSteps}.
 * Rows are locked in one order everywhere: a volume's before its organization's money.
 */
@Singleton
final class Volumes {
    private final Database database;
    private final VolumeStore store = new VolumeStore();
    private final PlaceChoice places;
    private final VolumePrices prices;
    private final Organizations organizations;
    private final Billing billing;
    private final IdempotencyKeys idempotencyKeys;
    private final Reconciler reconciler;
    private final VolumeConfig config;
    private final Clock clock;
    private final Ids ids;

    Volumes(
            Database database,
            PlaceChoice places,
            VolumePrices prices,
            Organizations organizations,
            Billing billing,
            IdempotencyKeys idempotencyKeys,
            Reconciler reconciler,
            VolumeConfig config,
            Clock clock,
            Ids ids) {
        this.database = database;
        this.places = places;
        this.prices = prices;
        this.organizations = organizations;
        this.billing = billing;
        this.idempotencyKeys = idempotencyKeys;
        this.reconciler = reconciler;
        this.config = config;
        this.clock = clock;
        this.ids = ids;
    }

    /**
     * Creates a volume and reserves its money, as one.
     *
     * @param idempotencyKey the same key and body give the same volume again; null = none
     * @param bodyHash from {@link com.mimiry.api.CurrentRequest#bodyHash()}
     */
    Volume create(Caller caller, NewVolume request, @Nullable String idempotencyKey, String bodyHash) {
        String name = request.checkedName();
        int size = request.checkedSize(config.sizeGbMax());
        UUID organization = organizations.resolve(caller, request.orgId(), Permission.VOLUMES_WRITE);
        if (idempotencyKey != null) {
            Optional<UUID> before = database.read(
                    tx -> idempotencyKeys.created(tx, caller.userId(), VolumesResource.PATH, idempotencyKey, bodyHash));
            if (before.isPresent()) {
                return reload(before.get());
            }
        }
        PlaceChoice.Choice choice = places.choose(request.provider(), request.location(), request.volumeType(), size);
        Volume volume = volume(caller, organization, name, size, choice);
        UUID id = database.inTransaction(tx -> {
            if (idempotencyKey != null) {
                Optional<UUID> existing = idempotencyKeys.claim(
                        tx, caller.userId(), VolumesResource.PATH, idempotencyKey, bodyHash, volume.id());
                if (existing.isPresent()) {
                    return existing.get();
                }
            }
            if (!store.insert(tx, volume)) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "A volume of this organization is called \"%s\" already; choose another name.".formatted(name));
            }
            billing.reserve(tx, meter(volume), volume.times().createdAt());
            begin(tx, volume);
            return volume.id();
        });
        reconciler.wake(VolumeSteps.KIND, id);
        return reload(id);
    }

    private Volume volume(Caller caller, UUID organization, String name, int size, PlaceChoice.Choice choice) {
        Instant now = clock.instant();
        return new Volume(
                ids.next(),
                1,
                organization,
                caller.userId(),
                name,
                new Volume.Home(
                        choice.provider(),
                        choice.place().location(),
                        choice.place().type(),
                        choice.place().place(),
                        choice.place().monthlyCostPerGb(),
                        null),
                size,
                size,
                choice.hourlyRate(),
                VolumeState.SUBMITTED,
                VolumeOperation.PROVISIONING,
                null,
                null,
                new Volume.Asked(null, null, null),
                new Volume.Times(now, now, null, null, null));
    }

    private Billing.Meter meter(Volume volume) {
        return new Billing.Meter(
                volume.id(),
                "volume",
                volume.organizationId(),
                volume.userId(),
                volume.hourlyRate(),
                cost(volume, volume.sizeGb()),
                volume.home().provider(),
                "",
                0,
                null,
                volume.name(),
                volume.sizeGb());
    }

    private Money cost(Volume volume, int sizeGb) {
        return prices.hourlyCost(volume.home().monthlyCostPerGb(), sizeGb);
    }

    /** @throws ApiException 404 where it is not the caller's to see */
    Volume get(Caller caller, UUID id) {
        return find(caller, id, Permission.VOLUMES_READ);
    }

    private Volume find(Caller caller, UUID id, Permission permission) {
        Volume volume = database.read(tx -> store.find(tx, id)).orElseThrow(() -> unknown(id));
        try {
            organizations.require(caller, volume.organizationId(), permission);
        } catch (ApiException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                throw unknown(id);
            }
            throw e;
        }
        return volume;
    }

    private static ApiException unknown(UUID id) {
        return new ApiException(ErrorCode.NOT_FOUND, "No volume has the id %s.".formatted(id));
    }

    private Volume reload(UUID id) {
        return database.read(tx -> store.find(tx, id)).orElseThrow();
    }

    record Listed(List<Volume> volumes, long total) {}

    Listed list(VolumeFilter filter) {
        return database.read(tx -> new Listed(store.list(tx, filter), store.count(tx, filter)));
    }

    /**
     * Grows a volume, attached or not.
     *
     * @param field the request's name for the size
     */
    Volume grow(Caller caller, UUID id, String field, @Nullable BigDecimal newSize) {
        while (true) {
            Volume volume = find(caller, id, Permission.VOLUMES_WRITE);
            int wanted = NewVolume.size(field, newSize, config.sizeGbMax());
            if (volume.state() != VolumeState.PROVISIONED || volume.deleteRequested()) {
                throw new ApiException(
                        ErrorCode.INVALID_STATE,
                        "The volume is %s%s and cannot be extended now."
                                .formatted(volume.state().text(), volume.deleteRequested() ? ", being deleted," : ""));
            }
            if (wanted <= volume.wantedGb()) {
                throw ApiException.invalidField(
                        field,
                        "A volume can only grow: %s must be more than the %d GB that it has."
                                .formatted(field, volume.wantedGb()));
            }
            boolean grows = database.inTransaction(tx -> {
                boolean ours = store.growing(tx, volume, wanted);
                if (ours) {
                    requireMoney(tx, volume, wanted);
                }
                return ours;
            });
            if (grows) {
                reconciler.wake(VolumeSteps.KIND, id);
                return reload(id);
            }
        }
    }

    /**
     * That the larger size may be had: checked as if it were there, while there is somebody to tell. It counts for quota from
     * now on, and is paid for when the provider has made it.
     */
    private void requireMoney(Transaction tx, Volume volume, int wantedGb) {
        Money larger = prices.hourlyRate(volume.home().provider(), volume.home().monthlyCostPerGb(), wantedGb);
        Instant now = clock.instant();
        billing.extend(tx, volume.id(), larger, cost(volume, wantedGb), wantedGb, now);
        billing.rerate(tx, volume.id(), volume.hourlyRate(), cost(volume, volume.sizeGb()), wantedGb, now);
    }

    /** @param first whether this was the first time that its end was asked for */
    record Deleted(Volume volume, boolean first) {}

    /**
     * Asks for a volume's end, with its contents.
     *
     * @throws ApiException 409 {@code volume_in_use} while a session has it
     */
    Deleted delete(Caller caller, UUID id) {
        while (true) {
            Volume volume = find(caller, id, Permission.VOLUMES_WRITE);
            if (volume.deleteRequested()) {
                return new Deleted(volume, false);
            }
            UUID session = volume.attachedTo();
            if (session != null) {
                throw inUse(volume, session);
            }
            boolean asked = database.inTransaction(tx -> delete(tx, volume));
            if (asked) {
                reconciler.wake(VolumeSteps.KIND, id);
                return new Deleted(reload(id), true);
            }
        }
    }

    private boolean delete(Transaction tx, Volume volume) {
        if (!store.deleteRequested(tx, volume, clock.instant())) {
            return false;
        }
        // A failed volume has no steps left.
        begin(tx, volume);
        return true;
    }

    private void begin(Transaction tx, Volume volume) {
        reconciler.begin(tx, VolumeSteps.KIND, volume.id());
        reconciler.lane(tx, VolumeSteps.KIND, volume.id(), volume.home().provider());
    }

    static ApiException inUse(Volume volume, UUID session) {
        return new ApiException(
                ErrorCode.VOLUME_IN_USE,
                "The volume %s is attached to session %s; it comes free when that session is terminated."
                        .formatted(volume.name(), session),
                Map.of("volume_id", volume.id(), "attached_to", session));
    }
}
