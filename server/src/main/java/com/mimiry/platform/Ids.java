package com.mimiry.platform;

import java.util.UUID;

/** Makes ids. An interface, so that a simulation can make the same ids again. */
@FunctionalInterface
public interface Ids {
    /** A new id, unique in space and time. */
    UUID next();

    /** Random ids: what everything but a simulation uses. */
    static Ids random() {
        return UUID::randomUUID;
    }
}
