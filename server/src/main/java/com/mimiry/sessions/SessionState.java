package com.mimiry.sessions;

import java.util.Locale;

/** The durable milestone of a session. */
public enum SessionState {
    SUBMITTED(false),
    PROVISIONED(false),
    STARTED(false),
    COMPLETED(true),
    FAILED(true),
    STOPPED(true),
    PROVISION_FAILED(true),
    TERMINATED(true);

    private final boolean ended;

    SessionState(boolean ended) {
        this.ended = ended;
    }

    /** Whether the session's work is over; its machine may still be on its way out. */
    public boolean ended() {
        return ended;
    }

    /** As the API and the database write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static SessionState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
