package com.mimiry.simulation;

/** The points between effects, where a replica may be killed, frozen, or just be slow. */
final class Effects {
    private static final long FREEZE_MILLIS_MAX = 45_000;

    private final World world;
    private final StepQueue queue;

    Effects(World world, StepQueue queue) {
        this.world = world;
        this.queue = queue;
    }

    /** As {@link #point}, just before somebody outside is asked for something. */
    void call(String where, boolean mayWait) {
        Strand strand = Strand.current();
        if (strand != null && strand.connections > 0) {
            world.violation("rule 10: %s, while a connection is held".formatted(where));
        }
        point(where, mayWait);
    }

    /**
     * What runs on this thread has come between two effects.
     *
     * @param mayWait false where it holds a lock or a connection
     */
    void point(String where, boolean mayWait) {
        Strand strand = Strand.current();
        if (strand == null) {
            return;
        }
        Replica replica = strand.replica();
        replica.requireAlive();
        if (!world.mischief) {
            return;
        }
        Mood mood = world.mood;
        if (world.chance.in(mood.kill())) {
            world.fault(Fault.REPLICA_KILLED, replica.name(), where);
            replica.kill();
            throw new Killed();
        }
        if (!mayWait || strand.connections > 0) {
            return;
        }
        if (world.chance.in(mood.freeze())) {
            long micros = world.chance.micros(500, FREEZE_MILLIS_MAX);
            world.fault(Fault.REPLICA_FROZEN, replica.name(), where + ", for " + Story.time(micros));
            replica.freeze(micros);
            queue.frozen(replica);
            strand.sleep(0);
        } else if (world.chance.in(mood.slow())) {
            world.count(Fault.CALL_SLOW);
            strand.sleep(world.chance.micros(5, 3_000));
        }
    }
}
