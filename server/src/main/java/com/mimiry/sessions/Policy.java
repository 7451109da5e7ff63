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
        Duration runningPoll) {
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
                config.runningPoll());
    }
}
