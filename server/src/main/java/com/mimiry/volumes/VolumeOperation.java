package com.mimiry.volumes;

import java.util.Arrays;

/** What is being done with a volume now; nothing at rest. */
enum VolumeOperation {
    NONE(""),
    PROVISIONING("provisioning"),
    RESIZING("resizing"),
    DETACHING("deleting__detaching_volume"),
    DELETING("deleting__deleting_volume");

    private final String text;

    VolumeOperation(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** The part that filters accept: {@code deleting} of {@code deleting__detaching_volume}. */
    String primary() {
        int compound = text.indexOf("__");
        return compound < 0 ? text : text.substring(0, compound);
    }

    static VolumeOperation of(String text) {
        return Arrays.stream(values())
                .filter(operation -> operation.text.equals(text))
                .findFirst()
                .orElseThrow();
    }
}
