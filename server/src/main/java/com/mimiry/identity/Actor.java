package com.mimiry.identity;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who made a change, for the audit log.
 *
 * @param userId null for somebody at the server's own command line
 * @param name an e-mail address, or what stands in its place
 */
public record Actor(@Nullable UUID userId, String name) {
    /** Somebody with access to the server's own machine. */
    public static final Actor COMMAND_LINE = new Actor(null, "command line of " + operatingSystemUser());

    /** Whoever has become another by sudo is still told. */
    private static String operatingSystemUser() {
        String behindSudo = System.getenv("SUDO_USER");
        return behindSudo == null || behindSudo.isBlank() ? System.getProperty("user.name", "unknown") : behindSudo;
    }

    public static Actor of(Caller caller) {
        return new Actor(caller.userId(), caller.email());
    }
}
