package com.mimiry.containers;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;

/**
 * One SSH connection to each machine, shared by all that is asked of its engine, made when it is needed and made anew when it
 * has broken. A machine that shows another host key than the one that we know is not talked to.
 */
@Singleton
final class SshConnections {
    private static final AttributeRepository.AttributeKey<PublicKey> PINNED = new AttributeRepository.AttributeKey<>();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
    private static final int KEEP_ALIVES_MISSED_MAX = 3;
    /** After a failure, so that a hundred waiting steps do not each wait for the same dead machine. */
    private static final Duration HOLD_OFF = Duration.ofSeconds(1);

    private final Map<EngineAddress, Line> lines = new ConcurrentHashMap<>();
    private final ReentrantLock starting = new ReentrantLock();
    private @Nullable SshClient client;

    /**
     * An open, authenticated connection.
     *
     * @param login by which it was made
     */
    record Connection(ClientSession session, SshLogin login) {}

    Connection open(EngineAddress address, SshLogins logins) throws IOException {
        return lines.computeIfAbsent(address, _ -> new Line()).open(address, logins);
    }

    void stop(@Observes ShutdownEvent event) {
        close();
    }

    void close() {
        starting.lock();
        try {
            if (client != null) {
                client.stop();
                client = null;
            }
        } finally {
            starting.unlock();
        }
    }

    /** Not before somebody has a machine to reach: most servers never do. */
    private SshClient client() {
        starting.lock();
        try {
            SshClient running = client;
            if (running == null) {
                running = started();
                client = running;
            }
            return running;
        } finally {
            starting.unlock();
        }
    }

    private static SshClient started() {
        SshClient client = ClientBuilder.builder()
                .cipherFactories(List.of(
                        BuiltinCiphers.aes128gcm,
                        BuiltinCiphers.aes256gcm,
                        BuiltinCiphers.aes128ctr,
                        BuiltinCiphers.aes256ctr))
                .keyExchangeFactories(List.of(
                        ClientBuilder.DH2KEX.apply(BuiltinDHFactories.curve25519),
                        ClientBuilder.DH2KEX.apply(BuiltinDHFactories.ecdhp256)))
                .hostConfigEntryResolver(HostConfigEntryResolver.EMPTY)
                .serverKeyVerifier((session, _, shown) -> isPinned(session, shown))
                .build();
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, KEEP_ALIVE);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, KEEP_ALIVES_MISSED_MAX);
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
        client.start();
        return client;
    }

    private static boolean isPinned(ClientSession session, PublicKey shown) {
        AttributeRepository context = session.getConnectionContext();
        PublicKey pinned = context == null ? null : context.getAttribute(PINNED);
        return pinned != null && KeyUtils.compareKeys(pinned, shown);
    }

    /** The connection to one machine. The lock is held while it is made: who needs it meanwhile needs the same one. */
    private final class Line {
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable Connection open;
        private @Nullable IOException lastFailure;
        private long failedAtNanos;

        Connection open(EngineAddress address, SshLogins logins) throws IOException {
            lock.lock();
            try {
                Connection current = open;
                if (current != null && current.session.isOpen()) {
                    return current;
                }
                IOException last = lastFailure;
                if (last != null && System.nanoTime() - failedAtNanos < HOLD_OFF.toNanos()) {
                    throw new IOException(last.getMessage(), last);
                }
                return connect(address, logins);
            } finally {
                lock.unlock();
            }
        }

        private Connection connect(EngineAddress address, SshLogins logins) throws IOException {
            try {
                SshLogin login = logins.login(address)
                        .orElseThrow(() -> new IOException("nobody knows how to log in to " + address.uri()));
                Connection made = new Connection(logIn(login), login);
                open = made;
                lastFailure = null;
                return made;
            } catch (EngineException.Unreachable e) {
                throw failed(new IOException(e.words(), e));
            } catch (IOException e) {
                throw failed(e);
            }
        }

        private IOException failed(IOException why) {
            lastFailure = why;
            failedAtNanos = System.nanoTime();
            return why;
        }
    }

    private ClientSession logIn(SshLogin login) throws IOException {
        PublicKey pinned = publicKey(login.hostPublicKey());
        KeyPair ours = keyPair(login);
        ClientSession session = client().connect(
                        login.user(), login.host(), login.port(), AttributeRepository.ofKeyValuePair(PINNED, pinned))
                .verify(CONNECT_TIMEOUT)
                .getSession();
        try {
            session.addPublicKeyIdentity(ours);
            session.auth().verify(CONNECT_TIMEOUT);
            return session;
        } catch (IOException e) {
            session.close(true);
            PublicKey shown = session.getServerKey();
            if (shown != null && !KeyUtils.compareKeys(pinned, shown)) {
                throw new IOException(
                        "%s shows the host key %s, which is not the machine's own (%s): it is another machine"
                                .formatted(
                                        login.host(), KeyUtils.getFingerPrint(shown), KeyUtils.getFingerPrint(pinned)),
                        e);
            }
            throw e;
        }
    }

    private static PublicKey publicKey(String line) throws IOException {
        try {
            return Objects.requireNonNull(
                    PublicKeyEntry.parsePublicKeyEntry(line).resolvePublicKey(null, null, null));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("the host key that is known of the machine cannot be read", e);
        }
    }

    private static KeyPair keyPair(SshLogin login) throws IOException {
        byte[] text = login.privateKey().reveal().getBytes(StandardCharsets.UTF_8);
        try {
            return SecurityUtils.loadKeyPairIdentities(
                            null,
                            NamedResource.ofName("client key"),
                            new ByteArrayInputStream(text),
                            FilePasswordProvider.EMPTY)
                    .iterator()
                    .next();
        } catch (GeneralSecurityException e) {
            throw new IOException("our SSH key for " + login.host() + " cannot be read", e);
        }
    }
}
