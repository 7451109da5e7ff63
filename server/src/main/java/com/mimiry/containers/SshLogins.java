package com.mimiry.containers;

import java.util.Optional;

/** Knows how to log in to machines. Implemented by whoever made them, and asked anew for each connection. */
public interface SshLogins {
    /**
     * @param address {@code ssh://NAME}, whose meaning is the implementation's own
     * @return empty where the machine is not one of these
     * @throws EngineException.Unreachable where it is, and has no address (yet)
     */
    Optional<SshLogin> login(EngineAddress address);
}
