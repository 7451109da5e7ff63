package com.mimiry.simulation;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;

/** Virtual time, and everything that is going to happen in it. */
final class World {
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final ExecutorService threads;
    private final Instant begin;
    private final Set<Strand> strands = new LinkedHashSet<>();
    private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    private final Set<String> violations = new LinkedHashSet<>();

    final Chance chance;
    final Mood mood;
    final Story story = new Story();
    /** Whether things still go wrong. */
    boolean mischief = true;

    private volatile long now;
    private long numbers;

    World(long seed, Instant begin, Breach breach, ExecutorService threads) {
        this.chance = new Chance(seed);
        this.begin = begin;
        this.threads = threads;
        this.mood = Mood.drawn(chance).aimedAt(breach);
    }

    private record Event(long at, long number, Runnable action) {}

    /** Microseconds since the begin. */
    long now() {
        return now;
    }

    Instant instant() {
        return instant(now);
    }

    Instant instant(long micros) {
        return begin.plus(micros, ChronoUnit.MICROS);
    }

    long micros(Instant instant) {
        return ChronoUnit.MICROS.between(begin, instant);
    }

    void after(long micros, Runnable action) {
        events.add(new Event(now + Math.max(0, micros), numbers++, action));
    }

    /** Lets a replica begin something, now. */
    void spawn(Replica replica, Runnable body) {
        Strand strand = new Strand(this, replica, body);
        strands.add(strand);
        threads.execute(strand::run);
        resume(strand);
    }

    void resume(Strand strand) {
        Replica replica = strand.replica();
        if (replica.alive() && replica.frozenUntil() > now) {
            after(replica.frozenUntil() - now, () -> resume(strand));
            return;
        }
        strand.resume();
    }

    /** Runs what is due until a condition holds or a time has come. @return whether it held */
    boolean runUntil(long micros, BooleanSupplier enough) {
        while (!enough.getAsBoolean()) {
            Event next = events.peek();
            if (next == null || next.at() > micros) {
                now = Math.max(now, micros);
                return enough.getAsBoolean();
            }
            events.remove();
            now = Math.max(now, next.at());
            next.action().run();
        }
        return true;
    }

    void count(Fault fault) {
        faults.merge(fault, 1, Integer::sum);
    }

    void fault(Fault fault, String who, String detail) {
        count(fault);
        tell(who, "! " + fault.words() + (detail.isEmpty() ? "" : ": " + detail));
    }

    void tell(String who, String what) {
        story.tell(now, who, what);
    }

    void violation(String what) {
        if (violations.add(what)) {
            tell("AUDIT", "VIOLATION " + what);
        }
    }

    Set<String> violations() {
        return violations;
    }

    Map<Fault, Integer> faults() {
        return faults;
    }

    /** Ends the threads of what still waits. */
    void end(Iterable<Replica> replicas) {
        mischief = false;
        replicas.forEach(Replica::drop);
        strands.forEach(Strand::resume);
    }
}
