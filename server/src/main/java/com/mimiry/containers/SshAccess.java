package com.mimiry.containers;

import com.mimiry.platform.Secret;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who a machine at the end of an SSH connection must prove to be, and who we are there. Asked before each connection, so a
 * new key counts from the next one on. Implemented by whoever knows the machines; the first that knows an address answers.
 */
public interface SshAccess {
    /**
     * Empty where the address is somebody else's. Called on the thread that connects, with no lock held; may read the
     * database, and ask where the machine is now, within some seconds.
     *
     * @throws IllegalStateException when it knows the address and has no usable keys for it, with what to do about it
     */
    Optional<Login> login(EngineAddress address);

    /**
     * @param hostKeys public keys as in {@code known_hosts}, {@code ssh-ed25519 AAAA…}, one of which the machine must prove
     *     to have; never empty
     * @param privateKeys ours in OpenSSH's format, without a passphrase; tried in this order
     * @param host where the machine is now; null = where its address says
     */
    record Login(
            List<String> hostKeys,
            List<Secret> privateKeys,
            @Nullable String host) {
        public Login(List<String> hostKeys, List<Secret> privateKeys) {
            this(hostKeys, privateKeys, null);
        }
    }
}
