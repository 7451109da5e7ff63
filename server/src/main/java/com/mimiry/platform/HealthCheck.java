package com.mimiry.platform;

import java.util.Optional;

/** Something that the server cannot do its work without. Implementations are beans; {@code /health} asks all of them. */
public interface HealthCheck {
    /** One word, such as {@code database}. */
    String name();

    /** What is wrong, as a sentence for the operator; empty when all is well. May block for some seconds. */
    Optional<String> problem();
}
