package com.mimiry.sshproxy;

import java.time.Duration;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;

/** The library's settings, where its own choice is not ours. */
final class Tuning {
    private static final long WINDOW_BYTES = 4 << 20;
    private static final long PACKET_BYTES = 64 << 10;
    private static final int READ_BUFFER_BYTES = 128 << 10;
    private static final long REKEY_BYTES = 8L << 30;
    /** A key costs one request to offer and one to sign with; "none" comes first for free. */
    private static final int SIGNATURE_REQUESTS = 2;

    private Tuning() {}

    static void apply(SshServer server, SshConfig config) {
        CoreModuleProperties.SERVER_IDENTIFICATION.set(server, "mimiry");
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(server, config.maxAuthTries() + SIGNATURE_REQUESTS);
        CoreModuleProperties.AUTH_TIMEOUT.set(server, config.loginGraceTime());
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, config.maxChannels());
        CoreModuleProperties.WINDOW_SIZE.set(server, WINDOW_BYTES);
        CoreModuleProperties.MAX_PACKET_SIZE.set(server, PACKET_BYTES);
        CoreModuleProperties.NIO2_READ_BUFFER_SIZE.set(server, READ_BUFFER_BYTES);
        CoreModuleProperties.REKEY_BYTES_LIMIT.set(server, REKEY_BYTES);
        CoreModuleProperties.IGNORE_MESSAGE_FREQUENCY.set(server, 0L);
        CoreModuleProperties.TCP_NODELAY.set(server, true);
        CoreModuleProperties.SOCKET_KEEPALIVE.set(server, true);
        // A person may stop reading for as long as he likes; whether his machine is still there, ConnectionWatch asks.
        Duration patience = config.keepAliveInterval().multipliedBy(config.keepAlivesMissedMax());
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.NIO2_MIN_WRITE_TIMEOUT.set(server, patience);
        CoreModuleProperties.CHANNEL_CLOSE_TIMEOUT.set(server, patience);
    }
}
