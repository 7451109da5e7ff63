package com.mimiry.sessions;

import java.util.Locale;

/** What happens when the command has ended. */
enum AutoTerminate {
    ON_COMPLETE,
    ON_SUCCESS,
    NEVER;

    boolean keepsAfter(int exitCode) {
        return switch (this) {
            case ON_COMPLETE -> false;
            case ON_SUCCESS -> exitCode != 0;
            case NEVER -> true;
        };
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static AutoTerminate of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
