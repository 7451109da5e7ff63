package com.mimiry.containers;

import com.mimiry.platform.Secret;
import java.util.List;
import java.util.Optional;

/**
 * Who a machine at the end of an SSH connection must prove to be, and who we are there. Asked before each connection, so a
 * new key counts from the next one on. Implemented by whoever knows the machines; the first that knows an address answers.
 */
public interface SshAccess {
    /**
     * Empty where the address is somebody else's. May read the database; calls nothing else.
     *
     * @throws IllegalStateException when it knows the address and has no usable keys for it, with what to do about it
     */
    Optional<Login> login(EngineAddress address);

    /**
     * @param hostKeys public keys as in {@code known_hosts}, {@code ssh-ed25519 AAAA…}, one of which the machine must prove
     *     to have; never empty
     * @param privateKeys ours in OpenSSH's format, without a passphrase; tried in this order
     */
    record Login(List<String> hostKeys, List<Secret> privateKeys) {}
}
