package com.mimiry.containers;

/** Waits between two looks at an engine. */
final class Pauses {
    private Pauses() {}

    /** @throws EngineException.Unreachable when interrupted, with the flag set again */
    static void millis(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException.Unreachable("Interrupted while waiting for the container engine", e);
        }
    }
}
