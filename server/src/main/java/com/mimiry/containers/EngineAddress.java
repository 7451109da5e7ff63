package com.mimiry.containers;

import java.net.URI;

/**
 * Where a Docker-compatible engine answers.
 *
 * @param uri {@code unix:///var/run/docker.sock}, or {@code ssh://user@host[:port][/path/to.sock][?…]}. The query of an
 *     SSH address is the caller's own: it tells machines apart that have one network address after another
 */
public record EngineAddress(URI uri) {
    static final String STANDARD_SOCKET = "/var/run/docker.sock";

    /** Without a look at whether it makes sense: connecting tells. */
    public static EngineAddress of(String uri) {
        return new EngineAddress(URI.create(uri));
    }

    /** @throws IllegalArgumentException that says what is wrong, where nothing could ever be connected to */
    public static EngineAddress checked(String text) {
        EngineAddress address;
        try {
            address = of(text.strip());
        } catch (IllegalArgumentException e) {
            throw noAddress(text, e);
        }
        if (!address.isUnix() && !address.isSsh()) {
            throw noAddress(text, null);
        }
        return address;
    }

    private static IllegalArgumentException noAddress(
            String text, @org.jspecify.annotations.Nullable IllegalArgumentException cause) {
        return new IllegalArgumentException(
                "\"" + text + "\" is no address of a container engine; expected unix:///path/to.sock or"
                        + " ssh://user@host[:port][/path/to.sock]",
                cause);
    }

    boolean isUnix() {
        String path = uri.getPath();
        return "unix".equals(uri.getScheme()) && path != null && !path.isEmpty();
    }

    /** Whether it is reached through SSH. */
    public boolean isSsh() {
        String user = uri.getUserInfo();
        // A password has no place in an address that is stored and shown.
        return "ssh".equals(uri.getScheme())
                && uri.getHost() != null
                && user != null
                && !user.isEmpty()
                && !user.contains(":");
    }

    int sshPort() {
        return uri.getPort() < 0 ? 22 : uri.getPort();
    }

    /** The engine's socket on the machine at the other end. */
    String remoteSocket() {
        String path = uri.getPath();
        return path == null || path.isEmpty() || path.equals("/") ? STANDARD_SOCKET : path;
    }
}
