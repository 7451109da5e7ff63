package com.mimiry.platform;

/** Why the server cannot start, as one line for the person at the terminal; shown without a stack trace. */
public final class StartFailure extends RuntimeException {
    /** @param message what is wrong and what to do about it */
    public StartFailure(String message) {
        super(message);
    }

    /** As {@link #StartFailure(String)}, keeping the cause for debugging. */
    public StartFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
