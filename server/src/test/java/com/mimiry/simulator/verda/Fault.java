package com.mimiry.simulator.verda;

/** What can go wrong with one request. */
public enum Fault {
    /** Nothing is done, and nothing is ever answered. */
    SILENCE,
    /** It is done, and nothing is ever answered. */
    SILENCE_AFTER_EFFECT,
    ERROR_500,
    ERROR_500_AFTER_EFFECT,
    HTML_502,
    HTML_502_AFTER_EFFECT,
    /** A 503 of something that stands before the API. */
    HTML_503,
    /** It is done, and the answer is no answer. */
    GARBAGE_AFTER_EFFECT,
    /** The connection breaks before anything is done. */
    RESET,
    RESET_AFTER_EFFECT,
    RATE_LIMITED,
    RATE_LIMITED_WITH_RETRY_AFTER,
    /** The token is not taken, although it should be. */
    UNAUTHORIZED,
    NO_MONEY,
    NO_CAPACITY,
    QUOTA,
    /** A list that lacks its second half and says how long it should be. */
    PARTIAL_LIST_COUNTED,
    /** A list that lacks its second half and does not say so. */
    PARTIAL_LIST,
    /** A list of half a minute ago. */
    STALE_LIST;

    boolean afterEffect() {
        return name().endsWith("AFTER_EFFECT");
    }

    boolean ofLists() {
        return this == PARTIAL_LIST || this == PARTIAL_LIST_COUNTED || this == STALE_LIST;
    }
}
