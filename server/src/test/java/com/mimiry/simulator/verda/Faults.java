package com.mimiry.simulator.verda;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Which requests go wrong: those that were ordered to, and some by chance where that is switched on. */
public final class Faults {
    private static final List<Fault> BY_CHANCE = List.of(
            Fault.SILENCE_AFTER_EFFECT,
            Fault.ERROR_500,
            Fault.ERROR_500_AFTER_EFFECT,
            Fault.HTML_502,
            Fault.HTML_502_AFTER_EFFECT,
            Fault.GARBAGE_AFTER_EFFECT,
            Fault.RESET,
            Fault.RESET_AFTER_EFFECT,
            Fault.RATE_LIMITED,
            Fault.RATE_LIMITED_WITH_RETRY_AFTER,
            Fault.NO_CAPACITY,
            Fault.PARTIAL_LIST,
            Fault.PARTIAL_LIST_COUNTED,
            Fault.STALE_LIST);

    private static final Set<String> LISTS = Set.of("GET /instances", "GET /volumes", "GET /volumes/trash");

    private final List<Order> orders = new ArrayList<>();
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private SplittableRandom random = new SplittableRandom(0);
    private double probability;

    private static final class Order {
        private final String on;
        private final Fault fault;
        private int times;

        Order(String on, Fault fault, int times) {
            this.on = on;
            this.fault = fault;
            this.times = times;
        }
    }

    /** @param on method and beginning of the path, such as {@code POST /instances} */
    public synchronized void next(String on, Fault fault, int times) {
        orders.add(new Order(on, fault, times));
    }

    public void next(String on, Fault fault) {
        next(on, fault, 1);
    }

    /** From now on each request goes wrong with this probability, in ways that the seed decides. */
    public synchronized void byChance(long seed, double each) {
        random = new SplittableRandom(seed);
        probability = each;
    }

    public synchronized void none() {
        orders.clear();
        probability = 0;
    }

    /** How often each was injected so far. */
    public synchronized Map<Fault, Integer> injected() {
        return new EnumMap<>(injected.isEmpty() ? new EnumMap<>(Fault.class) : injected);
    }

    synchronized Optional<Fault> take(String call) {
        Optional<Fault> fault = ordered(call).or(() -> chance(call));
        fault.ifPresent(some -> injected.merge(some, 1, Integer::sum));
        return fault;
    }

    private Optional<Fault> ordered(String call) {
        for (Iterator<Order> each = orders.iterator(); each.hasNext(); ) {
            Order order = each.next();
            if (matches(call, order.on)) {
                if (--order.times == 0) {
                    each.remove();
                }
                return Optional.of(order.fault);
            }
        }
        return Optional.empty();
    }

    /** {@code GET /instances} is the list alone, {@code GET /instances/} each of its entries. */
    private static boolean matches(String call, String on) {
        return call.equals(on) || (on.endsWith("/") && call.startsWith(on));
    }

    private Optional<Fault> chance(String call) {
        if (probability == 0 || call.contains("/oauth2/") || random.nextDouble() >= probability) {
            return Optional.empty();
        }
        Fault fault = BY_CHANCE.get(random.nextInt(BY_CHANCE.size()));
        boolean fits = (!fault.ofLists() || LISTS.contains(call))
                && (fault != Fault.NO_CAPACITY || call.equals("POST /instances"));
        return fits ? Optional.of(fault) : Optional.empty();
    }
}
