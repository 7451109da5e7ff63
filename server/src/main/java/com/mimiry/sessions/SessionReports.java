package com.mimiry.sessions;

import com.mimiry.logs.SessionLogs;
import com.mimiry.reconcile.Reconciler;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Wakes a session's step when its init reports something, so that its end need not be found by looking. */
@Singleton
final class SessionReports {
    void begin(@Observes @Priority(100) StartupEvent event, SessionLogs logs, Reconciler reconciler) {
        logs.whenReported(id -> reconciler.wake(SessionSteps.KIND, id));
    }
}
