package com.mimiry.sessions;

import java.util.Locale;

/** What an attempt that came to nothing has used up; see the column's check. */
enum Spends {
    /** One of {@code max_attempts}, and its candidate. */
    ATTEMPT,
    /** One of {@code max_attempts}: nobody said no, so its candidate may be tried again. */
    TRY,
    /** Its candidate, which nobody was asked for. */
    CANDIDATE,
    /** Its candidate, which nobody was asked for, and all that cost as much. */
    DEARER,
    /** All candidates of its provider. */
    PROVIDER,
    /** Nothing: it may be tried again. */
    NOTHING;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
