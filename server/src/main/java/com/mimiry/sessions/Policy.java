package com.mimiry.sessions;

import java.time.Duration;

/** The times by which {@link SessionPlan} decides; see {@link SessionConfig} for what each means. */
record Policy(
        Duration shownAtLeast,
        Duration settleAfterLogs,
        Duration deleteGrace,
        Duration killAfter,
        Duration placementTimeout,
        Duration bootTimeout,
        Duration setupTimeout,
        Duration pullTimeout,
        Duration startTimeout,
        Duration drainTimeout,
        Duration absenceGap,
        Duration absenceAge,
        Duration youngPoll,
        Duration runningPoll) {
    private static final Duration YOUNG_POLL = Duration.ofMillis(500);
    private static final int CROWD = 100;
    private static final int PATIENCE_MAX = 30;

    static Policy of(SessionConfig config) {
        return new Policy(
                config.shownAtLeast(),
                config.settleAfterLogs(),
                config.deleteGrace(),
                config.killAfter(),
                config.placementTimeout(),
                config.bootTimeout(),
                config.setupTimeout(),
                config.pullTimeout(),
                config.startTimeout(),
                config.drainTimeout(),
                config.absenceGap(),
                config.absenceAge(),
                YOUNG_POLL,
                config.runningPoll());
    }

    /**
     * The same for a replica with so many sessions that run. Where they are many, each has to wait longer for being looked
     * at, so that looking does not take all there is: what its init reports wakes a session's step at once anyway.
     */
    Policy paced(int sessions) {
        return new Policy(
                shownAtLeast,
                settleAfterLogs,
                deleteGrace,
                killAfter,
                placementTimeout,
                bootTimeout,
                setupTimeout,
                pullTimeout,
                startTimeout,
                drainTimeout,
                absenceGap,
                absenceAge,
                paced(youngPoll, sessions),
                paced(runningPoll, sessions));
    }

    static Duration paced(Duration pause, int sessions) {
        return pause.multipliedBy(Math.clamp(sessions / CROWD, 1, PATIENCE_MAX));
    }
}
