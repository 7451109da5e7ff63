package com.mimiry.containers;

import com.mimiry.platform.Ids;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** One client for each address, so that what a client has learned of its engine is learned once. */
@Singleton
final class SharedEngines implements Engines {
    private final ContainersConfig config;
    private final Ids ids;
    private final InitBinary init = InitBinary.bundled();
    private final Connector sockets = new UnixConnector();
    private final Connector tunnels;
    private final Map<EngineAddress, DockerEngine> clients = new ConcurrentHashMap<>();

    @Inject
    SharedEngines(ContainersConfig config, Ids ids, SshConnections connections, @Any Instance<SshLogins> logins) {
        this(
                config,
                ids,
                connections,
                address -> logins.stream()
                        .map(each -> each.login(address))
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    SharedEngines(ContainersConfig config, Ids ids, SshConnections connections, SshLogins logins) {
        this.config = config;
        this.ids = ids;
        this.tunnels = new SshConnector(connections, logins);
    }

    @Override
    public ContainerEngine connect(EngineAddress address) {
        return clients.computeIfAbsent(address, this::client);
    }

    private DockerEngine client(EngineAddress address) {
        String path = address.uri().getPath();
        String scheme = String.valueOf(address.uri().getScheme());
        if (scheme.equals("unix") && path != null && !path.isEmpty()) {
            return new DockerEngine(address, sockets, config, ids, init);
        }
        if (scheme.equals("ssh") && address.uri().getHost() != null) {
            return new DockerEngine(address, tunnels, config, ids, init);
        }
        throw new EngineException.Rejected("\"" + address.uri()
                + "\" is no address of a container engine; expected unix:///path/to.sock or ssh://host");
    }

    @PreDestroy
    void close() {
        clients.values().forEach(DockerEngine::close);
    }
}
