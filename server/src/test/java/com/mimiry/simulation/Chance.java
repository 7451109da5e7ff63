package com.mimiry.simulation;

import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/** All that is random in a run: one seed, drawn from in one order. Not safe for two threads at once. */
final class Chance {
    private final SplittableRandom random;

    Chance(long seed) {
        this(new SplittableRandom(seed));
    }

    private Chance(SplittableRandom random) {
        this.random = random;
    }

    /** Draws of its own, for what another thread asks for. */
    Chance fork() {
        return new Chance(random.split());
    }

    boolean in(double probability) {
        return random.nextDouble() < probability;
    }

    /** @param last included */
    long between(long first, long last) {
        return random.nextLong(first, last + 1);
    }

    int whole(int first, int last) {
        return (int) between(first, last);
    }

    /** Microseconds between two numbers of milliseconds. */
    long micros(long firstMillis, long lastMillis) {
        return between(firstMillis * 1_000, lastMillis * 1_000);
    }

    <T> T of(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    UUID id() {
        return new UUID(random.nextLong() & ~0xf000L | 0x4000L, random.nextLong() & ~(3L << 62) | (1L << 63));
    }
}
