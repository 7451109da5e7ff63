package com.mimiry.simulation;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What goes wrong by itself, between the calls. */
final class Mishaps {
    private final World world;
    private final StepQueue queue;
    private final List<Account> accounts;
    private final Supplier<List<Replica>> replicas;

    Mishaps(World world, StepQueue queue, List<Account> accounts, Supplier<List<Replica>> replicas) {
        this.world = world;
        this.queue = queue;
        this.accounts = accounts;
        this.replicas = replicas;
    }

    void begin(long micros, Breach breach) {
        int number = world.chance.whole(0, 25);
        for (int i = 0; i < number; i++) {
            world.after(world.chance.between(1_000_000, micros - 1), this::something);
        }
        for (Account account : accounts) {
            if (world.chance.in(breach == Breach.NO_VOLUME_SWEEP ? 1 : 0.2)) {
                world.after(world.chance.between(1_000_000, micros - 1), account.shelf()::plant);
            }
            if (world.chance.in(breach == Breach.NO_SWEEP ? 1 : 0.3)) {
                world.after(world.chance.between(1_000_000, micros - 1), account::plant);
            }
        }
        boolean deadlines = breach == Breach.DEADLINE_NOT_ARMED || breach == Breach.MONEY_NOT_ARMED;
        if (world.chance.in(deadlines ? 1 : 0.25)) {
            world.after(world.chance.between(60_000_000, micros - 1), this::allDown);
        }
        if (world.chance.in(0.25)) {
            world.after(world.chance.between(60_000_000, micros - 1), this::allSuspended);
        }
    }

    private void something() {
        switch (world.chance.whole(0, 11)) {
            case 11 -> volume();
            case 8 -> world.chance.of(accounts).loseAPage(world.chance.micros(3_000, 60_000));
            case 0, 1, 2, 3, 4 -> machine().ifPresent(this::outage);
            case 5, 6 -> clockJump();
            case 7 ->
                replicas.get().stream().filter(Replica::alive).findAny().ifPresent(replica -> {
                    world.fault(Fault.REPLICA_KILLED, replica.name(), "between two steps");
                    replica.kill();
                });
            default -> machine().ifPresent(this::vanish);
        }
    }

    private Optional<SimulatedMachine> machine() {
        List<SimulatedMachine> live = accounts.stream()
                .flatMap(account -> account.machines().stream())
                .filter(machine -> machine.session != null
                        && machine.existsAt(world.now())
                        && machine.destroyAskedAt == SimulatedMachine.NEVER)
                .toList();
        return live.isEmpty() ? Optional.empty() : Optional.of(world.chance.of(live));
    }

    private void outage(SimulatedMachine machine) {
        long micros = world.chance.micros(2_000, 120_000);
        machine.unreachableUntil = Math.max(machine.unreachableUntil, world.now() + micros);
        world.fault(
                Fault.ENGINE_UNREACHABLE,
                "net",
                "%s of %s for %s".formatted(machine.tag, machine.session, Story.time(micros)));
    }

    private void vanish(SimulatedMachine machine) {
        accounts.stream()
                .filter(account -> account.machine(machine.tag) == machine)
                .forEach(account -> account.vanish(machine));
    }

    private void volume() {
        Shelf shelf = world.chance.of(accounts).shelf();
        List<SimulatedVolume> unused = shelf.volumes().stream()
                .filter(volume -> volume.existsAt(world.now()) && !volume.destroyAsked && shelf.isFree(volume))
                .toList();
        if (!unused.isEmpty()) {
            shelf.vanish(world.chance.of(unused));
        }
    }

    private void clockJump() {
        Replica replica = world.chance.of(replicas.get());
        long skew = world.chance.between(-Replica.SKEW_MICROS_MAX, Replica.SKEW_MICROS_MAX);
        world.fault(Fault.CLOCK_JUMPED, replica.name(), "by %d ms".formatted((skew - replica.skewMicros()) / 1_000));
        replica.skew(skew);
    }

    private void allDown() {
        world.fault(Fault.ALL_REPLICAS_DOWN, "world", "");
        for (Replica replica : replicas.get()) {
            replica.stayDown(world.chance.micros(60_000, 240_000));
            replica.kill();
        }
    }

    private void allSuspended() {
        long micros = world.chance.micros(10_000, 300_000);
        world.fault(Fault.ALL_REPLICAS_SUSPENDED, "world", "for " + Story.time(micros));
        for (Replica replica : replicas.get()) {
            replica.freeze(micros);
            queue.frozen(replica);
        }
    }
}
