package com.mimiry.containers;

import com.mimiry.platform.Secret;

/**
 * How to reach a machine's container engine over SSH.
 *
 * @param host name or address, now; it may be another one at the next connection
 * @param hostPublicKey the only key that the machine may show, in OpenSSH's one-line form
 * @param privateKey ours, in OpenSSH's file format, without a passphrase
 * @param socket the engine's Unix socket there
 */
public record SshLogin(String user, String host, int port, String hostPublicKey, Secret privateKey, String socket) {
    /** Where engines listen unless somebody moved them. */
    public static final String USUAL_SOCKET = "/var/run/docker.sock";
}
