package com.mimiry.simulation;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.identity.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What customers do with volumes: create, grow, delete. */
final class VolumeOwners {
    private static final long AGAIN_MICROS = 10_000_000;

    private final World world;
    private final Customers customers;
    private final List<Account> accounts;
    private final List<VolumeWish> wishes = new ArrayList<>();

    VolumeOwners(World world, Customers customers, List<Account> accounts) {
        this.world = world;
        this.customers = customers;
        this.accounts = accounts;
    }

    /** @param micros in which volumes are asked for */
    void begin(int volumes, long micros, List<Caller> callers) {
        for (int i = 0; i < volumes; i++) {
            Caller owner = world.chance.of(callers);
            VolumeWish wish = new VolumeWish(
                    "v%02d".formatted(i),
                    owner,
                    customers.organization(owner),
                    world.chance.of(accounts),
                    world.chance,
                    world.chance.between(0, micros));
            wishes.add(wish);
            world.after(wish.createAt, () -> create(wish));
        }
    }

    private void create(VolumeWish wish) {
        customers.untilDone(
                "create volume " + wish.name,
                replica -> {
                    wish.callsUnderWay++;
                    try {
                        UUID id = replica.server()
                                .volumes()
                                .create(
                                        wish.owner,
                                        wish.name,
                                        wish.sizeGb,
                                        wish.provider,
                                        wish.location,
                                        wish.idempotencyKey);
                        if (wish.id != null && !wish.id.equals(id)) {
                            world.violation("one idempotency key made two volumes: %s and %s".formatted(wish.id, id));
                        }
                        wish.id = id;
                        world.story.name(id, wish.name);
                    } catch (ApiException e) {
                        if (e.code() == ErrorCode.UNAVAILABLE || wish.callsUnderWay > 1) {
                            return false;
                        }
                        wish.refusal = e.code() + ": " + e.getMessage();
                        world.tell("client", wish.name + " is refused: " + wish.refusal);
                    } finally {
                        wish.callsUnderWay--;
                    }
                    return true;
                },
                () -> answered(wish));
    }

    private void answered(VolumeWish wish) {
        wish.answered = true;
        if (wish.id == null) {
            return;
        }
        if (wish.deleteAfter >= 0) {
            world.after(wish.deleteAfter, () -> delete(wish));
        }
        for (int i = world.chance.whole(0, 2); i > 0; i--) {
            int more = world.chance.whole(1, 20);
            world.after(world.chance.micros(5_000, 300_000), () -> grow(wish, more));
        }
    }

    private void grow(VolumeWish wish, int more) {
        UUID id = wish.id;
        if (id == null || wish.deleteAsked) {
            return;
        }
        // From here on it may be charged for, whatever the answer is.
        wish.wants(more, world.now());
        int wanted = wish.wantedGb;
        customers.untilDone(
                "grow %s to %d GB".formatted(id, wanted),
                replica -> {
                    try {
                        replica.server().volumes().grow(wish.owner, id, wanted);
                    } catch (ApiException e) {
                        world.tell("client", "not grown: " + e.getMessage());
                    }
                    return true;
                },
                () -> {});
    }

    void delete(VolumeWish wish) {
        UUID id = wish.id;
        if (wish.deleteAsked || id == null) {
            return;
        }
        wish.deleteAsked = true;
        tryToDelete(wish, id);
    }

    /** Whoever is told that it is in use comes again. */
    private void tryToDelete(VolumeWish wish, UUID id) {
        boolean[] inUse = {false};
        customers.untilDone(
                "delete volume " + id,
                replica -> {
                    try {
                        replica.server().volumes().delete(wish.owner, id);
                    } catch (ApiException e) {
                        inUse[0] = e.code() == ErrorCode.VOLUME_IN_USE;
                        return inUse[0];
                    }
                    inUse[0] = false;
                    return true;
                },
                () -> {
                    if (inUse[0]) {
                        world.after(AGAIN_MICROS, () -> tryToDelete(wish, id));
                    } else {
                        wish.deleteAnswered = true;
                    }
                });
    }

    boolean allAnswered() {
        return wishes.stream().allMatch(wish -> wish.answered && (!wish.deleteAsked || wish.deleteAnswered));
    }

    List<VolumeWish> wishes() {
        return wishes;
    }

    /** One that a new session of this organization could mount. */
    Optional<VolumeWish> any(UUID organization) {
        List<VolumeWish> possible = wishes.stream()
                .filter(wish -> wish.organization.equals(organization) && wish.id != null && !wish.deleteAsked)
                .toList();
        return possible.isEmpty() ? Optional.empty() : Optional.of(world.chance.of(possible));
    }

    /** Names are unique within a run. */
    VolumeWish named(String name) {
        return wishes.stream()
                .filter(wish -> wish.name.equals(name))
                .findFirst()
                .orElseThrow();
    }
}
