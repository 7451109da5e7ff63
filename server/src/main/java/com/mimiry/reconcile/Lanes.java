package com.mimiry.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps work that waits for one outside party, such as a provider, from taking all workers of this replica: each party has
 * a lane, and only so many steps are in a lane at once. Nobody waits for a place; who finds none comes back later.
 */
public final class Lanes {
    private static final Duration PAUSE_MIN = Duration.ofMillis(250);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(15);
    /** Over how long those who found no place are counted. */
    private static final Duration WINDOW = Duration.ofSeconds(5);

    private final int places;
    private final Clock clock;
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    private final ThreadLocal<Set<String>> held = ThreadLocal.withInitial(HashSet::new);

    /** @param places in each lane */
    public Lanes(int places, Clock clock) {
        if (places < 1) {
            throw new IllegalArgumentException("a lane needs a place at least, not " + places);
        }
        this.places = places;
        this.clock = clock;
    }

    /** A place in a lane, to be given back by the thread that has it. */
    public interface Pass extends AutoCloseable {
        @Override
        void close();
    }

    /** @return a place, the one that this thread has already if it has one; empty where the lane is full */
    public Optional<Pass> enter(String lane) {
        if (held.get().contains(lane)) {
            return Optional.of(() -> {});
        }
        Lane entered = lane(lane);
        if (!entered.enter()) {
            return Optional.empty();
        }
        held.get().add(lane);
        return Optional.of(() -> {
            held.get().remove(lane);
            entered.leave();
        });
    }

    /** When to come back to a lane that was full: the later, the more wait for it, and not all at once. */
    public Duration pause(String lane) {
        long millis = lane(lane).pauseMillis();
        return Duration.ofMillis(millis + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    private Lane lane(String name) {
        return lanes.computeIfAbsent(name, _ -> new Lane());
    }

    /** The lock guards all fields. */
    private final class Lane {
        private final ReentrantLock lock = new ReentrantLock();
        private int taken;
        private int turnedAway;
        private @Nullable Instant countedSince;

        boolean enter() {
            lock.lock();
            try {
                if (taken >= places) {
                    return false;
                }
                taken++;
                return true;
            } finally {
                lock.unlock();
            }
        }

        void leave() {
            lock.lock();
            try {
                taken--;
            } finally {
                lock.unlock();
            }
        }

        long pauseMillis() {
            lock.lock();
            try {
                Instant now = clock.instant();
                if (countedSince == null || now.isAfter(countedSince.plus(WINDOW))) {
                    countedSince = now;
                    turnedAway = 0;
                }
                turnedAway++;
                int rounds = turnedAway / places;
                return Math.min(PAUSE_MAX.toMillis(), PAUSE_MIN.toMillis() * (rounds + 1));
            } finally {
                lock.unlock();
            }
        }
    }
}
