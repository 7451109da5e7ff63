package com.mimiry.containers;

import com.mimiry.platform.Ids;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One client for each address, so that what a client has learned of its engine is learned once. Machines behind SSH come
 * and go: what nobody has asked for in a while is closed, together with the connection.
 */
@Singleton
final class SharedEngines implements Engines {
    /** Within the time after which a client is unused. */
    private static final int LOOKS = 10;

    private final ContainersConfig config;
    private final SshTunnelConfig tunnels;
    private final Ids ids;
    private final InitBinary init = InitBinary.bundled();
    private final Map<EngineAddress, Client> clients = new ConcurrentHashMap<>();
    private final AtomicLong nextLook = new AtomicLong(System.nanoTime());
    private final SshConnector ssh;
    private volatile boolean closed;

    @Inject
    SharedEngines(ContainersConfig config, SshTunnelConfig tunnels, Ids ids, @Any Instance<SshAccess> access) {
        this(
                config,
                tunnels,
                ids,
                address -> access.stream()
                        .flatMap(known -> known.login(address).stream())
                        .findFirst());
    }

    SharedEngines(
            ContainersConfig config,
            SshTunnelConfig tunnels,
            Ids ids,
            Function<EngineAddress, Optional<SshAccess.Login>> logins) {
        this.config = config;
        this.tunnels = tunnels;
        this.ids = ids;
        this.ssh = new SshConnector(logins, tunnels);
    }

    @PreDestroy
    void close() {
        closed = true;
        clients.values().forEach(client -> client.engine.close());
        ssh.close();
    }

    @Override
    public ContainerEngine connect(EngineAddress address) {
        // Taken note of under the map's lock, so that nobody closes what somebody is given at this moment.
        Client client = clients.compute(address, (key, known) -> {
            Client used = known == null ? new Client(client(key)) : known;
            used.usedAt = System.nanoTime();
            return used;
        });
        closeUnused();
        return client.engine;
    }

    @Override
    public CommandResult run(EngineAddress address, String command, Duration timeout) {
        if (!address.isSsh()) {
            return Engines.super.run(address, command, timeout);
        }
        connect(address);
        return ssh.run(address, command, timeout);
    }

    /** A client, and when somebody last asked for it. */
    private static final class Client {
        private final DockerEngine engine;
        private long usedAt;

        Client(DockerEngine engine) {
            this.engine = engine;
        }
    }

    /** Now and then, by whoever happens to come; closing says goodbye to an engine, which may be long gone. */
    private void closeUnused() {
        long unusedNanos = tunnels.unusedAfter().toNanos();
        long now = System.nanoTime();
        long look = nextLook.get();
        if (now - look < 0 || !nextLook.compareAndSet(look, now + unusedNanos / LOOKS)) {
            return;
        }
        for (EngineAddress address : clients.keySet()) {
            Client unused = address.isSsh() ? takeUnused(address, now - unusedNanos) : null;
            if (unused != null) {
                Thread.ofVirtual().name("close-engine").start(() -> {
                    unused.engine.close();
                    hangUp(address);
                });
            }
        }
    }

    /** Under the map's lock, so that nobody is given it at this moment; null where somebody asked for it lately. */
    private @Nullable Client takeUnused(EngineAddress address, long since) {
        AtomicReference<@Nullable Client> taken = new AtomicReference<>();
        clients.computeIfPresent(address, (_, client) -> {
            if (client.usedAt - since > 0) {
                return client;
            }
            taken.set(client);
            return null;
        });
        return taken.get();
    }

    /** Tried again while streams are open, until they end or somebody asks for the machine again. */
    private void hangUp(EngineAddress address) {
        while (!closed && !clients.containsKey(address) && !ssh.forget(address)) {
            Pauses.millis(Math.max(1, tunnels.unusedAfter().toMillis() / LOOKS));
        }
    }

    /** Addresses that have a client at the moment. */
    Set<EngineAddress> known() {
        return Set.copyOf(clients.keySet());
    }

    private DockerEngine client(EngineAddress address) {
        if (address.isUnix()) {
            return new DockerEngine(address, new UnixConnector(), config, ids, init);
        }
        if (address.isSsh()) {
            return new DockerEngine(address, ssh, config, ids, init);
        }
        throw new EngineException.Rejected(
                "\"" + address.uri() + "\" is no address of a container engine; expected unix:///path/to.sock or"
                        + " ssh://user@host[:port][/path/to.sock]");
    }
}
