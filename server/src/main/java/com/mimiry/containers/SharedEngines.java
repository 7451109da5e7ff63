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
import java.util.function.Function;

/** One client for each address, so that what a client has learned of its engine is learned once. */
@Singleton
final class SharedEngines implements Engines {
    private final ContainersConfig config;
    private final Ids ids;
    private final InitBinary init = InitBinary.bundled();
    private final Map<EngineAddress, DockerEngine> clients = new ConcurrentHashMap<>();
    private final SshConnector ssh;

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
        this.ids = ids;
        this.ssh = new SshConnector(logins, tunnels);
    }

    @PreDestroy
    void close() {
        clients.values().forEach(DockerEngine::close);
        ssh.close();
    }

    @Override
    public ContainerEngine connect(EngineAddress address) {
        return clients.computeIfAbsent(address, this::client);
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
