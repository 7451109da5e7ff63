package com.mimiry.platform;

import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Where the SSH front door of this replica answers. The front door fills it in, so that others can tell their clients. */
@Singleton
public final class SshEndpoint {
    private volatile int port;
    private volatile String advertisedHost = "localhost";
    private volatile @Nullable String onlyAddress;
    private volatile boolean accepting;

    /** The TCP port in use; 0 before the first start and where the front door is switched off. */
    public int port() {
        return port;
    }

    /** Whether a login would be answered now. */
    public boolean accepting() {
        return accepting;
    }

    /** The name by which clients on other machines reach the front door. */
    public String advertisedHost() {
        return advertisedHost;
    }

    /** The one address that is listened on; null = every address of this machine, so that each session can own one. */
    public @Nullable String onlyAddress() {
        return onlyAddress;
    }

    /** Logins are answered on this port from now on. */
    public void open(int port, String advertisedHost, @Nullable String onlyAddress) {
        this.advertisedHost = advertisedHost;
        this.onlyAddress = onlyAddress;
        this.port = port;
        this.accepting = true;
    }

    /** No login is answered from now on; the port stays known. */
    public void close() {
        this.accepting = false;
    }
}
