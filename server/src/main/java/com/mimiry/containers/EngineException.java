package com.mimiry.containers;

/** What can go wrong between us and a container engine, in the few kinds that callers treat differently. */
public abstract sealed class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private EngineException(String message, @org.jspecify.annotations.Nullable Throwable cause) {
        super(message, cause);
    }

    /** The message; never null. */
    public String words() {
        return String.valueOf(getMessage());
    }

    /** No answer, a broken one, or a 5xx: nothing is known about what happened. */
    public static final class Unreachable extends EngineException {
        private static final long serialVersionUID = 1L;

        public Unreachable(String message, @org.jspecify.annotations.Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** No such container, image or exec. */
    public static final class NotFound extends EngineException {
        private static final long serialVersionUID = 1L;

        public NotFound(String message) {
            super(message, null);
        }
    }

    /** The name is taken, or the object is in a state that forbids the call. */
    public static final class Conflict extends EngineException {
        private static final long serialVersionUID = 1L;

        public Conflict(String message) {
            super(message, null);
        }
    }

    /** The engine (or, for a pull, the registry) said no, in its own words. */
    public static final class Rejected extends EngineException {
        private static final long serialVersionUID = 1L;

        public Rejected(String message) {
            super(message, null);
        }
    }
}
