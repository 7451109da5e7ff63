package com.mimiry.volumes;

import java.util.Locale;

/** The durable milestone of a volume. */
enum VolumeState {
    SUBMITTED,
    PROVISIONED,
    DELETED,
    FAILED;

    /** As the API and the database write it. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static VolumeState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
