package com.mimiry.simulation;

/** The deliberate breaks: each puts a part into the server that ignores one of the ten rules. */
enum Breach {
    NONE,
    /** Rule 1: the database forgets the intent, so that the launch comes first. */
    NO_INTENT,
    /** Rule 2: an adapter says "no capacity" where it does not know. */
    AMBIGUOUS_IS_FAILED,
    /** Rule 3: one listing without a machine is proof enough. */
    ABSENT_ONCE_IS_GONE,
    /** Rule 3: a listing that lost a page is passed on. */
    INCOMPLETE_LISTING_USED,
    /** Rule 4: nobody sweeps. */
    NO_SWEEP,
    /** Rule 5: an engine that does not answer has no container. */
    UNREACHABLE_IS_DEAD,
    /** Rule 6: whoever answers at a machine's address is that machine. */
    HOST_KEY_IGNORED,
    /** Rule 7: the machine does not know when to stop. */
    DEADLINE_NOT_ARMED,
    /** Rule 7: the machine does not hear when the money ends. */
    MONEY_NOT_ARMED,
    /** Rule 8: the meter runs before the machine does. */
    METER_TOO_EARLY,
    /** Rule 8: the bill ends when we noticed, not when the machine was gone. */
    SETTLED_WHEN_NOTICED,
    /** Rule 2: an adapter says "no room" for a volume where it does not know. */
    VOLUME_AMBIGUOUS_IS_FAILED,
    /** Rule 3: one listing without a volume is proof enough. */
    VOLUME_ABSENT_ONCE_IS_GONE,
    /** Rule 4: nobody sweeps volumes. */
    NO_VOLUME_SWEEP,
    /** One volume may be given to several sessions. */
    VOLUME_GIVEN_TWICE,
    /** Rule 8: what a volume has grown by is not paid for. */
    GROWTH_NOT_BILLED,
    /** Rule 9: a step that was cut off is not run again. */
    STEPS_RUN_AT_MOST_ONCE,
    /** Rule 10: a write does not ask whether the row has moved on. */
    VERSION_IGNORED,
    /** Rule 10: a provider is called with a connection in hand. */
    CONNECTION_HELD,
    /** Rule 10: a call that gets no answer is waited for. */
    NO_TIMEOUT
}
