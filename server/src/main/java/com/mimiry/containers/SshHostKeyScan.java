package com.mimiry.containers;

import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSession.ClientSessionEvent;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.signature.Signature;

/** Looks which host key a machine shows, as {@code ssh-keyscan} does: whether it is the right one, somebody must compare. */
public final class SshHostKeyScan {
    private SshHostKeyScan() {}

    /**
     * The machine's public key, {@code ssh-ed25519 AAAA…} where it has such a one; nothing of ours is shown to it.
     *
     * @param address an {@code ssh://} one
     * @param timeout for connecting, and once more for the key
     * @throws EngineException.Unreachable where it shows none
     */
    public static String scan(EngineAddress address, Duration timeout) {
        try (SshClient client = SshClient.setUpDefaultClient()) {
            client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
            client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
            client.setServerKeyVerifier((_, _, _) -> true);
            client.setSignatureFactories(client.getSignatureFactories().stream()
                    .sorted(Comparator.comparing((NamedFactory<Signature> factory) ->
                            !factory.getName().equals(KeyPairProvider.SSH_ED25519)))
                    .toList());
            client.start();
            try (ClientSession session = client.connect(
                            address.uri().getUserInfo(), address.uri().getHost(), address.sshPort())
                    .verify(timeout)
                    .getSession()) {
                session.waitFor(EnumSet.of(ClientSessionEvent.WAIT_AUTH, ClientSessionEvent.CLOSED), timeout);
                if (session.getServerKey() == null) {
                    throw new IOException("it shows no host key");
                }
                return PublicKeyEntry.toString(session.getServerKey());
            }
        } catch (IOException e) {
            throw new EngineException.Unreachable(
                    "The host key of " + address.uri() + " cannot be read: " + SshFailures.words(e), e);
        }
    }
}
