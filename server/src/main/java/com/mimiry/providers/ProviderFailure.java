package com.mimiry.providers;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The closed set of ways in which a provider fails. The message holds the provider's own words. */
public abstract sealed class ProviderFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ProviderFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** None of this kind is free now: try the next candidate. */
    public static final class NoCapacity extends ProviderFailure {
        private static final long serialVersionUID = 1L;

        public NoCapacity(String message) {
            super(message, null);
        }
    }

    /** The operator's account there is at its limit. */
    public static final class QuotaExceeded extends ProviderFailure {
        private static final long serialVersionUID = 1L;

        public QuotaExceeded(String message) {
            super(message, null);
        }
    }

    /** The operator's account there has no money. */
    public static final class InsufficientFunds extends ProviderFailure {
        private static final long serialVersionUID = 1L;

        public InsufficientFunds(String message) {
            super(message, null);
        }
    }

    /** The request is wrong and will stay wrong. */
    public static final class InvalidRequest extends ProviderFailure {
        private static final long serialVersionUID = 1L;

        public InvalidRequest(String message) {
            super(message, null);
        }
    }

    /** Too many calls; nothing was done. */
    public static final class RateLimited extends ProviderFailure {
        private static final long serialVersionUID = 1L;
        private final transient @Nullable Duration retryAfter;

        public RateLimited(String message, @Nullable Duration retryAfter) {
            super(message, null);
            this.retryAfter = retryAfter;
        }

        /** How long the provider asks us to wait; null where it does not say. */
        public @Nullable Duration retryAfter() {
            return retryAfter;
        }
    }

    /** Our credentials are not accepted; nothing was done. */
    public static final class Unauthorized extends ProviderFailure {
        private static final long serialVersionUID = 1L;

        public Unauthorized(String message) {
            super(message, null);
        }
    }

    /** Timed out or broken: whether anything was done is unknown. */
    public static final class Unavailable extends ProviderFailure {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
