package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.sshproxy.FrontDoorFixture.TestKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.util.buffer.Buffer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Signals over the channel, which OpenSSH's client cannot be told to send. */
class SshSignalsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void a_signal_reaches_the_process_over_a_connection_with_a_post_quantum_key_exchange() throws Exception {
        try (TestContainer container = new TestContainer();
                FrontDoorFixture fixture = new FrontDoorFixture();
                SshClient client = SshClient.setUpDefaultClient()) {
            TestKey key = fixture.newKey();
            fixture.session(key, "work", null, container);
            client.setServerKeyVerifier((_, _, _) -> true);
            client.setKeyIdentityProvider(new FileKeyPairProvider(key.file()));
            client.start();
            try (ClientSession session = client.connect("x", "127.0.0.1", fixture.door.port())
                    .verify(PATIENCE)
                    .getClientSession()) {
                session.auth().verify(PATIENCE);
                assertThat(session.getNegotiatedKexParameter(KexProposalOption.ALGORITHMS))
                        .isEqualTo("mlkem768x25519-sha256");
                ChannelExec channel = session.createExecChannel(
                        "trap 'echo caught; exit 42' USR1; echo ready; while :; do sleep 0.1; done");
                ByteArrayOutputStream output = new ByteArrayOutputStream();
                channel.setOut(output);
                channel.open().verify(PATIENCE);
                Awaitility.await().atMost(PATIENCE).until(() -> text(output).contains("ready"));

                signal(session, channel, "USR1");

                channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE);
                assertThat(text(output)).isEqualTo("ready\ncaught\n");
                assertThat(channel.getExitStatus()).isEqualTo(42);
            }
        }
    }

    private static String text(ByteArrayOutputStream output) {
        return output.toString(StandardCharsets.UTF_8);
    }

    private static void signal(ClientSession session, ChannelExec channel, String name) throws IOException {
        Buffer request = session.createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST);
        request.putUInt(channel.getRecipient());
        request.putString("signal");
        request.putBoolean(false);
        request.putString(name);
        session.writePacket(request);
    }
}
