package com.mimiry.sshproxy;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** The SSH front door. */
@ConfigMapping(prefix = "mimiry.ssh")
interface SshConfig {
    /** Whether this replica answers SSH logins. */
    @WithDefault("true")
    boolean enabled();

    /** Address to listen on; the default takes every address of the machine, so that a session can own one of them. */
    @WithDefault("0.0.0.0")
    String host();

    /** TCP port; 0 for any free one. */
    @WithDefault("2222")
    int port();

    /** The name by which clients on other machines reach this server; default: its host name. */
    Optional<String> advertisedHost();

    /** Connections at most, signed in or not; more are closed at once. */
    @WithDefault("5000")
    int maxConnections();

    /** Connections at most that have not signed in yet. */
    @WithDefault("500")
    int maxUnauthenticated();

    /** Connections at most that have not signed in yet, from one source address (IPv6: one /64 network). */
    @WithDefault("100")
    int maxUnauthenticatedPerAddress();

    /** Channels at most on one connection. */
    @WithDefault("100")
    int maxChannels();

    /** Time to sign in; then the connection is closed. */
    @WithDefault("60s")
    Duration loginGraceTime();

    /** Keys that a client may offer on one connection; agents offer all of theirs. */
    @WithDefault("20")
    int maxAuthTries();

    /** How often a connection is asked whether its client is still there. */
    @WithDefault("60s")
    Duration keepAliveInterval();

    /** Unanswered questions after which the client counts as gone and its processes get a hangup. */
    @WithDefault("10")
    int keepAlivesMissedMax();

    /** How often open connections are compared with the sessions that they lead to. */
    @WithDefault("5s")
    Duration watchInterval();

    /** How long a stopping server waits for its clients to read the goodbye. */
    @WithDefault("3s")
    Duration stopGrace();
}
