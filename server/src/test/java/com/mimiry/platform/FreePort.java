package com.mimiry.platform;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for what a test starts in a moment. They lie below those that Linux gives to outgoing connections, and each test
 * process has its own, so that nobody else takes one in between.
 */
public final class FreePort {
    private static final int FIRST = 10_000;
    private static final int PER_PROCESS = 5_000;
    private static final AtomicInteger NEXT =
            new AtomicInteger(FIRST + Integer.getInteger("surefire.forkNumber", 0) % 4 * PER_PROCESS);

    private FreePort() {}

    public static int any() {
        return on("127.0.0.1");
    }

    /** @param host such as {@code 127.7.0.1} */
    public static int on(String host) {
        while (true) {
            int port = NEXT.getAndIncrement();
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(host, port));
                return port;
            } catch (IOException _) {
                // Somebody has it.
            }
        }
    }
}
