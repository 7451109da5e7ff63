package com.mimiry.sessions;

import java.util.Arrays;

/** What is being done with a session now; nothing at rest. */
enum Operation {
    NONE(""),
    PROVISIONING("provisioning"),
    SETTING_UP("starting__setting_up"),
    PULLING_IMAGE("starting__pulling_image"),
    STARTING_CONTAINER("starting__starting_container"),
    STOPPING("stopping__stopping_container"),
    TERMINATING("terminating");

    private final String text;

    Operation(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** The part that filters accept: {@code starting} of {@code starting__pulling_image}. */
    String primary() {
        int compound = text.indexOf("__");
        return compound < 0 ? text : text.substring(0, compound);
    }

    static Operation of(String text) {
        return Arrays.stream(values())
                .filter(operation -> operation.text.equals(text))
                .findFirst()
                .orElseThrow();
    }
}
