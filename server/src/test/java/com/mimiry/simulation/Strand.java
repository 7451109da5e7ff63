package com.mimiry.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a replica is doing. It has a thread of its own so that it can wait in the middle, but runs only while the
 * world waits for it: exactly one thread of a run moves at any time, which makes the run repeatable.
 */
final class Strand {
    private static final ThreadLocal<@Nullable Strand> CURRENT = new ThreadLocal<>();

    private final World world;
    private final Replica replica;
    private final Runnable body;
    private final Semaphore go = new Semaphore(0);
    private final Semaphore back = new Semaphore(0);
    private boolean over;
    private @Nullable Throwable failure;

    /** Connections in its hands; where there is one it must not wait, since another may want the same row. */
    int connections;

    /** Whether what it does is still its own to do: others take over from a replica that does not stir. */
    BooleanSupplier owns = () -> true;

    /** What takes effect if and when its transaction commits. */
    final List<Runnable> onCommit = new ArrayList<>();

    /** Set while the simulation itself looks at the database in its name. */
    boolean unobserved;

    Strand(World world, Replica replica, Runnable body) {
        this.world = world;
        this.replica = replica;
        this.body = body;
    }

    /** What runs on this thread; null outside of a run, and in the simulation's own hands. */
    static @Nullable Strand current() {
        Strand strand = CURRENT.get();
        return strand == null || strand.unobserved ? null : strand;
    }

    Replica replica() {
        return replica;
    }

    void run() {
        go.acquireUninterruptibly();
        CURRENT.set(this);
        try {
            replica.requireAlive();
            body.run();
        } catch (Killed _) {
            onCommit.clear();
        } catch (Throwable e) {
            failure = e;
        } finally {
            CURRENT.remove();
            over = true;
            back.release();
        }
    }

    /** Called by the world: lets the strand run until it waits or ends. */
    void resume() {
        if (over) {
            return;
        }
        go.release();
        back.acquireUninterruptibly();
        if (failure != null) {
            throw new IllegalStateException("the simulation itself broke", failure);
        }
    }

    /** Called by the strand: lets the world go on for some virtual time. */
    void sleep(long micros) {
        world.after(micros, () -> world.resume(this));
        back.release();
        go.acquireUninterruptibly();
        replica.requireAlive();
    }
}
