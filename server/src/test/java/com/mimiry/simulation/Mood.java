package com.mimiry.simulation;

import java.util.List;

/**
 * How bad a seed's day is: a probability for each kind of trouble, some of them nought.
 *
 * @param kill at each point between two effects
 * @param freeze at each point between two effects
 * @param slow at each point where a call may take time
 * @param commit that a commit fails, or that its answer is lost
 * @param launch that a launch fails in some way
 * @param listing that a listing fails
 * @param stale that a listing misses a machine
 * @param destroy that a destroy fails
 * @param engine that an engine call fails
 * @param lagMillisMax how late the queue may run what is due
 */
record Mood(
        double kill,
        double freeze,
        double slow,
        double commit,
        double launch,
        double listing,
        double stale,
        double destroy,
        double engine,
        long lagMillisMax) {
    static Mood drawn(Chance chance) {
        return new Mood(
                chance.of(List.of(0.0, 0.0005, 0.002, 0.006)),
                chance.of(List.of(0.0, 0.0, 0.0007, 0.002)),
                chance.of(List.of(0.0, 0.01, 0.05)),
                chance.of(List.of(0.0, 0.002, 0.01)),
                chance.of(List.of(0.0, 0.2, 0.5)),
                chance.of(List.of(0.0, 0.05, 0.3)),
                chance.of(List.of(0.0, 0.02, 0.1)),
                chance.of(List.of(0.0, 0.2, 0.5)),
                chance.of(List.of(0.0, 0.01, 0.05)),
                chance.of(List.of(100L, 1_500L, 4_000L)));
    }

    /** With more of the trouble in which a break shows, so that few seeds are enough. */
    Mood aimedAt(Breach breach) {
        return switch (breach) {
            case AMBIGUOUS_IS_FAILED -> new Mood(kill, freeze, slow, commit, 0.6, listing, stale, destroy, engine, 100);
            case ABSENT_ONCE_IS_GONE -> new Mood(kill, freeze, slow, commit, launch, 0, 0.2, destroy, engine, 100);
            case INCOMPLETE_LISTING_USED ->
                new Mood(kill, freeze, slow, commit, launch, 0.5, stale, destroy, engine, 100);
            // Whoever waits for ever is helped by a crash.
            case NO_TIMEOUT -> new Mood(0, 0, slow, commit, 0.5, listing, stale, destroy, engine, 100);
            case STEPS_RUN_AT_MOST_ONCE -> new Mood(0.004, freeze, slow, commit, launch, listing, 0, 0, 0, 100);
            case VERSION_IGNORED -> new Mood(kill, 0.006, 0.05, commit, launch, listing, stale, destroy, 0, 100);
            case VOLUME_AMBIGUOUS_IS_FAILED ->
                new Mood(kill, freeze, slow, commit, 0.6, listing, stale, destroy, engine, 100);
            case VOLUME_ABSENT_ONCE_IS_GONE ->
                new Mood(kill, freeze, slow, commit, launch, 0, 0.2, destroy, engine, 100);
            default -> this;
        };
    }
}
