package com.mimiry.platform;

import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** This server process among the replicas, the same after a restart. */
@Singleton
public final class ReplicaName {
    private final String name;

    public ReplicaName(@ConfigProperty(name = "mimiry.data-dir") String dataDirectory) {
        // The data directory is locked by its one server, so the name cannot be another living replica's.
        this.name = hostName() + ":" + dataDirectory;
    }

    public String get() {
        return name;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }
}
