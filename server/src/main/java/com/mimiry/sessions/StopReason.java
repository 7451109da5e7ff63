package com.mimiry.sessions;

import java.util.Locale;

/** Why a session was ended from outside. */
enum StopReason {
    USER_REQUESTED("it was ended by its owner"),
    TIMED_OUT("it reached its max_duration"),
    BALANCE_DEPLETED("the balance of its organization ran out"),
    COST_LIMIT("it reached a cost limit"),
    PROVIDER_LOST("its machine was lost"),
    SPOT_RECLAIMED("the provider reclaimed its spot machine"),
    SUSPENDED("its organization was suspended");

    private final String sentence;

    StopReason(String sentence) {
        this.sentence = sentence;
    }

    String sentence() {
        return sentence;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static StopReason of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
