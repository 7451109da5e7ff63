package com.mimiry.launch;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Asks a public time server (SNTP, RFC 4330), to a second or so. */
final class TimeServer {
    private static final String HOST = "pool.ntp.org";
    private static final int PORT = 123;
    private static final int PATIENCE_MILLIS = 1_000;
    private static final int MESSAGE_BYTES = 48;
    private static final byte VERSION_4_CLIENT = 0x23;
    private static final int TRANSMIT_TIME = 40;
    private static final long SECONDS_FROM_1900_TO_1970 = 2_208_988_800L;

    private TimeServer() {}

    /** How far the clock is ahead of the server's; empty where none answers. */
    static Optional<Duration> offset(Clock clock) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            byte[] message = new byte[MESSAGE_BYTES];
            message[0] = VERSION_4_CLIENT;
            socket.send(new DatagramPacket(message, message.length, InetAddress.getAllByName(HOST)[0], PORT));
            socket.receive(new DatagramPacket(message, message.length));
            long seconds = Integer.toUnsignedLong(ByteBuffer.wrap(message).getInt(TRANSMIT_TIME));
            return Optional.of(
                    Duration.between(Instant.ofEpochSecond(seconds - SECONDS_FROM_1900_TO_1970), clock.instant()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
