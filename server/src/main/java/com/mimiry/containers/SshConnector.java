package com.mimiry.containers;

import com.mimiry.containers.Engines.CommandResult;
import com.mimiry.containers.SshAccess.Login;
import com.mimiry.platform.Secret;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;

/** Sockets of machines that are reached by SSH: one connection for each machine, a channel of its own for each stream. */
final class SshConnector implements Connector, AutoCloseable {
    private static final int MISSING_ANSWERS_MAX = 3;
    private static final int OUTPUT_BYTES_MAX = 1 << 20;
    private static final AttributeKey<Pins> PINS = new AttributeKey<>();

    private final Function<EngineAddress, Optional<Login>> logins;
    private final SshTunnelConfig config;
    private final Map<EngineAddress, SshHost> hosts = new ConcurrentHashMap<>();
    private @Nullable SshClient client;
    private boolean closed;

    /** @param logins as {@link SshAccess#login} */
    SshConnector(Function<EngineAddress, Optional<Login>> logins, SshTunnelConfig config) {
        this.logins = logins;
        this.config = config;
    }

    @Override
    public Wire wire(EngineAddress address) {
        return new SshWire(host(address), address.remoteSocket());
    }

    private SshHost host(EngineAddress address) {
        return hosts.computeIfAbsent(address, key -> new SshHost(() -> connect(key), config.retryAfter()));
    }

    /** See {@link Engines#run}. */
    CommandResult run(EngineAddress address, String command, Duration timeout) {
        try {
            ClientSession session = host(address).session().get();
            try (ChannelExec channel = session.createExecChannel(command)) {
                channel.setErr(OutputStream.nullOutputStream());
                channel.open().verify(config.connectTimeout());
                channel.getInvertedIn().close();
                Watchdog.Watch watch = Watchdog.watch(channel, timeout);
                try {
                    byte[] output = channel.getInvertedOut().readNBytes(OUTPUT_BYTES_MAX);
                    channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), timeout);
                    Integer exitCode = channel.getExitStatus();
                    if (exitCode == null) {
                        throw new IOException(
                                watch.fired() ? "no answer within " + timeout : "it ended without an exit code");
                    }
                    return new CommandResult(exitCode, new String(output, StandardCharsets.UTF_8));
                } finally {
                    watch.close();
                }
            }
        } catch (IOException e) {
            throw notRun(address, e);
        } catch (ExecutionException e) {
            throw notRun(address, Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notRun(address, e);
        }
    }

    private static EngineException notRun(EngineAddress address, Throwable cause) {
        return new EngineException.Unreachable(
                "A command could not be run at " + address.uri() + ": " + cause.getMessage(), cause);
    }

    /**
     * Hangs up on a machine, unless streams of its are open; the next call connects anew.
     *
     * @return whether there is no connection any more
     */
    boolean forget(EngineAddress address) {
        SshHost host = hosts.get(address);
        if (host == null) {
            return true;
        }
        if (!host.closeUnlessUsed()) {
            return false;
        }
        hosts.remove(address, host);
        return true;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (client != null) {
            client.stop();
        }
    }

    /** Made for the first machine that is reached by SSH: it costs a good part of a server's start, and many have none. */
    private synchronized SshClient client() throws IOException {
        if (closed) {
            throw new IOException("the server stops");
        }
        if (client == null) {
            client = client(config);
        }
        return client;
    }

    private static SshClient client(SshTunnelConfig config) {
        SshClient client = SshClient.setUpDefaultClient();
        // Nothing of the user that the server happens to run as: no ~/.ssh/config, no keys, no agent.
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        UserAuthPublicKeyFactory publicKey = new UserAuthPublicKeyFactory();
        publicKey.setSignatureFactories(client.getSignatureFactories());
        client.setUserAuthFactories(List.of(publicKey));
        client.setServerKeyVerifier((session, _, key) -> pins(session).accepts(key));
        client.addSessionListener(new SessionListener() {
            @Override
            public void sessionCreated(Session session) {
                // Asked for any other kind, a machine would show a key that nobody has pinned.
                session.setSignatureFactories(pins((ClientSession) session).only(session.getSignatureFactories()));
            }
        });
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, config.keepAlive());
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MISSING_ANSWERS_MAX);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        // A stream may rest for days: those who use it know when to give up.
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(client, Duration.ofDays(365));
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        client.start();
        return client;
    }

    private ClientSession connect(EngineAddress address) throws IOException {
        Login login;
        try {
            login = logins.apply(address)
                    .orElseThrow(
                            () -> new IOException("no host key and no login are known for it; add the host again"));
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
        Pins pins = Pins.of(login);
        ClientSession session = null;
        try {
            session = client().connect(
                            address.uri().getUserInfo(),
                            login.host() == null ? address.uri().getHost() : login.host(),
                            address.sshPort(),
                            AttributeRepository.ofKeyValuePair(PINS, pins))
                    .verify(config.connectTimeout())
                    .getSession();
            for (Secret key : login.privateKeys()) {
                session.addPublicKeyIdentity(SshKeyTexts.keyPair(key));
            }
            session.auth().verify(config.connectTimeout());
            return session;
        } catch (IOException e) {
            if (session != null) {
                session.close(true);
            }
            throw explained(pins, e);
        }
    }

    private static IOException explained(Pins pins, IOException failure) {
        PublicKey refused = pins.refused.get();
        if (refused == null) {
            return new IOException(SshFailures.words(failure), failure);
        }
        return new IOException(
                "its host key is not the pinned one: it shows " + KeyUtils.getFingerPrint(refused) + ", pinned is "
                        + pins.keys.stream().map(KeyUtils::getFingerPrint).collect(Collectors.joining(" or "))
                        + ". Either somebody stands in between, or the machine was installed anew; in that case pin its"
                        + " new key",
                failure);
    }

    private static Pins pins(ClientSession session) {
        AttributeRepository context = session.getConnectionContext();
        Pins pins = context == null ? null : context.getAttribute(PINS);
        return pins == null ? new Pins(List.of(), new AtomicReference<>()) : pins;
    }

    /** @param refused the key that was shown instead */
    private record Pins(List<PublicKey> keys, AtomicReference<@Nullable PublicKey> refused) {
        static Pins of(Login login) throws IOException {
            try {
                return new Pins(
                        login.hostKeys().stream().map(SshKeyTexts::publicKey).toList(), new AtomicReference<>());
            } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        boolean accepts(PublicKey shown) {
            boolean known = keys.stream().anyMatch(key -> KeyUtils.compareKeys(key, shown));
            if (!known) {
                refused.set(shown);
            }
            return known;
        }

        List<NamedFactory<Signature>> only(List<NamedFactory<Signature>> factories) {
            Set<String> types = keys.stream().map(KeyUtils::getKeyType).collect(Collectors.toSet());
            return factories.stream()
                    .filter(factory -> types.contains(KeyUtils.getCanonicalKeyType(factory.getName())))
                    .toList();
        }
    }
}
