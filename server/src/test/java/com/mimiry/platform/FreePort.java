package com.mimiry.platform;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for what a test starts in a moment. They lie below those that Linux gives to outgoing connections, and each test
 * process has a block of its own, so that nobody else takes one in between.
 */
public final class FreePort {
    private static final int FIRST = 10_000;
    private static final int LAST = 32_000;
    private static final int BLOCK = 500;
    /** The first port of this process's block, held open until the process ends. */
    private static final ServerSocket GUARD = guard();

    private static final AtomicInteger NEXT = new AtomicInteger();

    private FreePort() {}

    public static int any() {
        return on("127.0.0.1");
    }

    /** @param host such as {@code 127.7.0.1} */
    public static int on(String host) {
        for (int i = 0; i < BLOCK; i++) {
            int port = GUARD.getLocalPort() + 1 + NEXT.getAndIncrement() % (BLOCK - 1);
            try (ServerSocket _ = bound(host, port)) {
                return port;
            } catch (IOException _) {
                // Somebody has it.
            }
        }
        throw new IllegalStateException("no port of " + GUARD + " is free on " + host);
    }

    private static ServerSocket guard() {
        for (int port = FIRST; port < LAST; port += BLOCK) {
            try {
                return bound("127.0.0.1", port);
            } catch (IOException _) {
                // Another test process's.
            }
        }
        throw new IllegalStateException("all blocks of ports are taken");
    }

    private static ServerSocket bound(String host, int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.bind(new InetSocketAddress(host, port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
