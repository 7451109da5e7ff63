package com.mimiry.launch;

import com.mimiry.platform.StartFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Finds out, by trying, which TCP ports are free. */
final class Ports {
    private Ports() {}

    /** Whether this process could listen there now; always true of port 0, which means any. */
    static boolean isFree(String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** A port that nobody listens on now. */
    static int anyFree(String host) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, 0));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StartFailure("Cannot listen on " + host + " (" + StartFailure.reason(e) + ").", e);
        }
    }

    /** The usual port for SSH if it is free and we may have it, else the usual other one. */
    static int forSsh(String host) {
        return isFree(host, 22) ? 22 : 2222;
    }
}
