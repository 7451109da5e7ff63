package com.mimiry.containers;

import java.net.URI;

/**
 * Where a Docker-compatible engine answers.
 *
 * @param uri {@code unix:///var/run/docker.sock}, or {@code ssh://NAME} for a machine that one of {@link SshLogins} knows
 */
public record EngineAddress(URI uri) {
    public static EngineAddress of(String uri) {
        return new EngineAddress(URI.create(uri));
    }
}
