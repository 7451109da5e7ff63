package com.mimiry.simulation;

/** Ends what a replica was doing when it was killed. An error, so that nobody takes it for a failure to deal with. */
final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
        super("the replica was killed", null, false, false);
    }
}
