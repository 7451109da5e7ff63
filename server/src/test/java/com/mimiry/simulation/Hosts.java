package com.mimiry.simulation;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which machine is at which address, and the way to the engines there. Addresses are used again when a machine has gone. */
final class Hosts {
    private final World world;
    private final Effects effects;
    private final Breach breach;
    private final Map<String, SimulatedMachine> byAddress = new HashMap<>();
    private final Deque<String> free = new ArrayDeque<>();
    private int addresses;

    Hosts(World world, Effects effects, Breach breach) {
        this.world = world;
        this.effects = effects;
        this.breach = breach;
    }

    String address() {
        if (!free.isEmpty() && world.mischief && world.chance.in(0.7)) {
            String address = free.poll();
            world.fault(Fault.ADDRESS_REUSED, "net", address);
            return address;
        }
        addresses++;
        return "10.0.%d.%d".formatted(addresses / 250, addresses % 250 + 1);
    }

    void moveIn(SimulatedMachine machine) {
        byAddress.put(machine.host, machine);
    }

    void moveOut(SimulatedMachine machine) {
        if (byAddress.remove(machine.host, machine)) {
            free.add(machine.host);
        }
    }

    /** The engines as a replica reaches them. */
    Engines engines() {
        return this::engine;
    }

    private ContainerEngine engine(EngineAddress address) {
        return new SimulatedEngine(world, effects, () -> at(address), breach);
    }

    /** The machine at an address, if it is up and shows the host key that was put on it. */
    private SimulatedMachine at(EngineAddress address) {
        @Nullable SimulatedMachine machine = byAddress.get(address.uri().getHost());
        if (machine == null || !machine.bootedAt(world.now()) || world.now() < machine.unreachableUntil) {
            throw new EngineException.Unreachable("no route to host", null);
        }
        UUID expected = UUID.fromString(address.uri().getFragment());
        if (!machine.tag.equals(expected) && breach != Breach.HOST_KEY_IGNORED) {
            throw new EngineException.Unreachable("the host key is not the one that was put there", null);
        }
        return machine;
    }
}
