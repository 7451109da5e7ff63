package com.mimiry.simulation;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.BillingAdmin;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Those who create and delete sessions and volumes, and the operator who gives them money. They try again until they are answered. */
final class Customers implements Organizations {
    private static final long ANSWER_MICROS_MAX = 10_000_000;
    private static final int ORGANIZATIONS = 3;

    private final World world;
    private final Supplier<Optional<Replica>> anyReplica;
    private final VolumeOwners volumes;
    private final List<Wish> wishes = new ArrayList<>();
    private final Map<UUID, UUID> organizationByUser = new LinkedHashMap<>();
    private final Map<UUID, Money> paid = new LinkedHashMap<>();
    private int openPayments;

    Customers(World world, Supplier<Optional<Replica>> anyReplica, List<Account> accounts) {
        this.world = world;
        this.anyReplica = anyReplica;
        this.volumes = new VolumeOwners(world, this, accounts);
    }

    /** @param micros in which sessions are asked for */
    void begin(int sessions, long micros, Function<Replica, BillingAdmin> money) {
        List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < ORGANIZATIONS; i++) {
            UUID organization = world.chance.id();
            Caller caller = new Caller(world.chance.id(), "u" + i + "@example.org", "u" + i, null, null);
            callers.add(caller);
            organizationByUser.put(caller.userId(), organization);
            paid.put(organization, Money.ZERO);
            world.story.name(organization, "org" + i);
            // The first has plenty; the money of the others ends.
            pay(organization, new Money(i == 0 ? 5_000_000_000L : world.chance.between(4_000_000, 40_000_000)), money);
        }
        for (int i = 0; i < sessions; i++) {
            Caller owner = world.chance.of(callers);
            Wish wish = new Wish(
                    "s%02d".formatted(i),
                    owner,
                    organizationByUser.get(owner.userId()),
                    world.chance,
                    world.chance.between(1_000_000, micros));
            wishes.add(wish);
            world.after(wish.createAt, () -> create(wish));
        }
        volumes.begin(world.chance.whole(0, 6), micros / 2, callers);
        for (int i = 0; i < 3; i++) {
            UUID organization = world.chance.of(List.copyOf(paid.keySet()));
            Money amount = new Money(world.chance.between(1_000_000, 20_000_000));
            world.after(world.chance.between(30_000_000, micros), () -> pay(organization, amount, money));
        }
        world.after(micros / 2, () -> refundSomething(money));
    }

    private void pay(UUID organization, Money amount, Function<Replica, BillingAdmin> money) {
        String reference = "payment " + world.chance.id();
        openPayments++;
        untilDone(
                "credit " + amount + " to " + organization,
                replica -> {
                    money.apply(replica)
                            .credit(new BillingAdmin.By("operator", organization, "paid in"), amount, reference);
                    return true;
                },
                () -> {
                    openPayments--;
                    paid.merge(organization, amount, Money::plus);
                });
    }

    private void refundSomething(Function<Replica, BillingAdmin> money) {
        wishes.stream().filter(wish -> wish.id != null).findFirst().ifPresent(wish -> {
            Money amount = new Money(world.chance.between(1, 50_000));
            String reference = "refund of " + wish.name;
            openPayments++;
            boolean[] booked = {false};
            int[] callsUnderWay = {0};
            untilDone(
                    "refund " + amount + " for " + wish.id,
                    replica -> {
                        callsUnderWay[0]++;
                        try {
                            money.apply(replica)
                                    .refund(
                                            new BillingAdmin.By("operator", wish.organization, "sorry"),
                                            amount,
                                            wish.id,
                                            reference);
                            booked[0] = true;
                        } catch (ApiException _) {
                            // More than was charged so far. An earlier call under way may find more charged.
                            return callsUnderWay[0] == 1;
                        } finally {
                            callsUnderWay[0]--;
                        }
                        return true;
                    },
                    () -> {
                        openPayments--;
                        if (booked[0]) {
                            paid.merge(wish.organization, amount, Money::plus);
                        }
                    });
        });
    }

    private void create(Wish wish) {
        if (wish.mounts) {
            wish.volume = volumes.any(wish.organization).map(each -> each.name).orElse(null);
        }
        untilDone(
                "create " + wish.name,
                replica -> {
                    wish.callsUnderWay++;
                    try {
                        UUID id = replica.server().create(wish.owner, wish.body(), wish.idempotencyKey);
                        if (wish.id != null && !wish.id.equals(id)) {
                            world.violation("one idempotency key made two sessions: %s and %s".formatted(wish.id, id));
                        }
                        wish.id = id;
                        world.story.name(id, wish.name);
                    } catch (ApiException e) {
                        // Where an earlier call is still under way, a refusal says nothing about what that one will do.
                        // Where a later one has been answered, nobody hears it any more.
                        boolean notFree = e.code() == ErrorCode.VOLUME_IN_USE || e.code() == ErrorCode.INVALID_STATE;
                        if (e.code() == ErrorCode.UNAVAILABLE
                                || wish.callsUnderWay > 1
                                || wish.id != null
                                || (notFree && wish.patience-- > 0)) {
                            return false;
                        }
                        wish.refusal = e.code() + ": " + e.getMessage();
                        world.tell("client", wish.name + " is refused: " + wish.refusal);
                    } finally {
                        wish.callsUnderWay--;
                    }
                    return true;
                },
                () -> {
                    wish.answered = true;
                    if (wish.id != null && wish.deleteAfter >= 0) {
                        world.after(wish.deleteAfter, () -> delete(wish));
                    }
                });
    }

    void delete(Wish wish) {
        if (wish.deleteAsked || wish.id == null) {
            return;
        }
        wish.deleteAsked = true;
        UUID id = wish.id;
        untilDone(
                "delete " + id,
                replica -> {
                    replica.server().delete(wish.owner, id);
                    return true;
                },
                () -> wish.deleteAnswered = true);
    }

    UUID organization(Caller caller) {
        return organizationByUser.get(caller.userId());
    }

    VolumeOwners volumes() {
        return volumes;
    }

    void untilDone(String what, Function<Replica, Boolean> call, Runnable done) {
        boolean[] over = {false};
        attempt(
                what,
                call,
                () -> {
                    if (!over[0]) {
                        over[0] = true;
                        done.run();
                    }
                },
                over);
    }

    private void attempt(String what, Function<Replica, Boolean> call, Runnable done, boolean[] over) {
        if (over[0]) {
            return;
        }
        Optional<Replica> replica = anyReplica.get();
        if (replica.isEmpty()) {
            world.after(1_000_000, () -> attempt(what, call, done, over));
            return;
        }
        world.tell("client", what + " at " + replica.get().name());
        boolean[] answered = {false};
        world.after(ANSWER_MICROS_MAX, () -> {
            if (!answered[0]) {
                attempt(what, call, done, over);
            }
        });
        world.spawn(replica.get(), () -> {
            boolean success = false;
            try {
                success = call.apply(replica.get());
            } catch (RuntimeException e) {
                replica.get().requireAlive();
                world.tell("client", what + " failed: " + e);
            }
            replica.get().requireAlive();
            answered[0] = true;
            if (success) {
                done.run();
            } else {
                world.after(2_000_000, () -> attempt(what, call, done, over));
            }
        });
    }

    boolean allAnswered() {
        return openPayments == 0
                && volumes.allAnswered()
                && wishes.stream().allMatch(wish -> wish.answered && (!wish.deleteAsked || wish.deleteAnswered));
    }

    List<Wish> wishes() {
        return wishes;
    }

    /** Session names are unique within a run. */
    Wish named(String name) {
        return wishes.stream()
                .filter(wish -> wish.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What was paid in and given back, by organization. */
    Map<UUID, Money> paid() {
        return paid;
    }

    @Override
    public UUID resolve(Caller caller, @Nullable String organization, Permission permission) {
        return organizationByUser.get(caller.userId());
    }

    @Override
    public Set<UUID> having(Caller caller, Permission permission) {
        return Set.of(organizationByUser.get(caller.userId()));
    }

    @Override
    public boolean isMember(UUID organizationId, UUID userId) {
        return organizationId.equals(organizationByUser.get(userId));
    }

    @Override
    public void requireKnown(UUID organizationId) {
        if (!organizationByUser.containsValue(organizationId)) {
            throw new ApiException(ErrorCode.NOT_FOUND, "There is no such organization.");
        }
    }

    @Override
    public void require(Caller caller, UUID organizationId, Permission permission) {
        if (!organizationId.equals(organizationByUser.get(caller.userId()))) {
            throw new ApiException(ErrorCode.NOT_FOUND, "Not yours.");
        }
    }
}
