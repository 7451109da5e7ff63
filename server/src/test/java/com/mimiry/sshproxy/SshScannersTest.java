package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Connections that never sign in. */
class SshScannersTest {
    private static final int TIMEOUT_MS = 20_000;

    @Test
    void a_connection_that_says_nothing_is_closed_after_the_grace_time() throws IOException {
        try (FrontDoorFixture fixture = new FrontDoorFixture(hasty(1000));
                Socket silent = connect(fixture)) {
            silent.getInputStream().readAllBytes();

            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void junk_does_no_harm() throws IOException {
        try (FrontDoorFixture fixture = new FrontDoorFixture(hasty(1000));
                Socket junk = connect(fixture)) {
            junk.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".repeat(2000).getBytes(StandardCharsets.UTF_8));
            assertThat(fixture.door.accepting()).isTrue();
            try (Socket next = connect(fixture)) {
                assertThat(new String(next.getInputStream().readNBytes(8), StandardCharsets.UTF_8))
                        .isEqualTo("SSH-2.0-");
            }
        }
    }

    @Test
    void one_address_gets_only_so_many_connections_before_it_signs_in() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try (FrontDoorFixture fixture = new FrontDoorFixture(hasty(60_000))) {
            int greeted = 0;
            for (int i = 0; i < 10; i++) {
                Socket socket = connect(fixture);
                sockets.add(socket);
                greeted += greeted(socket) ? 1 : 0;
            }
            assertThat(greeted).isEqualTo(5);
            sockets.getFirst().close();
            await().until(() -> {
                try (Socket again = connect(fixture)) {
                    return greeted(again);
                }
            });
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static boolean greeted(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() == 'S';
        } catch (SocketException e) {
            return false;
        }
    }

    private static Socket connect(FrontDoorFixture fixture) throws IOException {
        Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), fixture.door.port());
        socket.setSoTimeout(TIMEOUT_MS);
        return socket;
    }

    private static SshConfig hasty(long graceMillis) {
        return new TestSshConfig() {
            @Override
            public Duration loginGraceTime() {
                return Duration.ofMillis(graceMillis);
            }

            @Override
            public int maxUnauthenticatedPerAddress() {
                return 5;
            }
        };
    }
}
