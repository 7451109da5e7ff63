package com.mimiry.simulation;

import com.mimiry.reconcile.Reconciler;
import com.mimiry.sessions.SimulatedServer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One life of one server process: what it has in memory dies with it. */
final class Replica {
    /** By how much a replica's clock may differ from the true time; the two of them differ by no more than twice that. */
    static final long SKEW_MICROS_MAX = 400_000;

    private final World world;
    private final String name;
    private final Clock clock = new SkewedClock();
    private final Map<String, Reconciler.Steps> steps = new HashMap<>();
    private @Nullable SimulatedServer server;
    private boolean alive = true;
    private long frozenUntil;
    private long downMicros;
    private long skewMicros;
    private final Runnable onDeath;

    Replica(World world, String name, long skewMicros, Runnable onDeath) {
        this.world = world;
        this.name = name;
        this.skewMicros = skewMicros;
        this.onDeath = onDeath;
    }

    void serve(SimulatedServer made) {
        server = made;
        made.steps().forEach(kind -> steps.put(kind.kind(), kind));
        made.volumes().steps().forEach(kind -> steps.put(kind.kind(), kind));
    }

    SimulatedServer server() {
        return java.util.Objects.requireNonNull(server);
    }

    Reconciler.Steps steps(String kind) {
        return java.util.Objects.requireNonNull(steps.get(kind));
    }

    String name() {
        return name;
    }

    Clock clock() {
        return clock;
    }

    long skewMicros() {
        return skewMicros;
    }

    void skew(long micros) {
        skewMicros = micros;
    }

    boolean alive() {
        return alive;
    }

    /** Whether it can begin something now. */
    boolean available() {
        return alive && frozenUntil <= world.now();
    }

    long frozenUntil() {
        return frozenUntil;
    }

    void freeze(long micros) {
        frozenUntil = world.now() + micros;
    }

    void requireAlive() {
        if (!alive) {
            throw new Killed();
        }
    }

    /** When it dies, it is started again no earlier. */
    void stayDown(long micros) {
        downMicros = micros;
    }

    long downMicros() {
        return downMicros;
    }

    void kill() {
        if (alive) {
            alive = false;
            onDeath.run();
        }
    }

    /** Dies without consequences: the run is over. */
    void drop() {
        alive = false;
        if (server != null) {
            server.close();
        }
    }

    private final class SkewedClock extends Clock {
        @Override
        public Instant instant() {
            return world.instant().plus(skewMicros, ChronoUnit.MICROS);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("UTC only");
        }
    }
}
