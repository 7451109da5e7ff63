package com.mimiry.reconcile;

import com.mimiry.platform.Transaction;
import java.time.Duration;
import java.util.UUID;

/** Runs steps of rows until they say that they are done: after any crash, on any replica, never two of one row at once. */
public interface Reconciler {
    /**
     * Schedules a step of a row, now, in the transaction that creates or changes the row. Where its last step is just under
     * way, one more follows.
     */
    void begin(Transaction tx, String kind, UUID id);

    /**
     * Says for whom the row's steps wait from now on, such as a provider: no more than some of one lane are run at once.
     * Call it in the transaction that decides so.
     */
    default void lane(Transaction tx, String kind, UUID id, String lane) {}

    /** Runs the row's next step now rather than when it was due; call after commit. */
    void wake(String kind, UUID id);

    /** A kind of row that needs steps. Implementations are found by the reconciler as beans. */
    interface Steps {
        String kind();

        /** Does one step; any exception is logged, and the step run again with growing delay. */
        Next step(UUID id);
    }

    /** When to run the row's next step. */
    sealed interface Next {
        record After(Duration delay) implements Next {}

        /** Nothing more to do, ever. */
        record Done() implements Next {}
    }
}
