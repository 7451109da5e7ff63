package com.mimiry.containers;

import com.mimiry.platform.Ids;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One client for each address, so that what a client has learned of its engine is learned once. */
@Singleton
final class SharedEngines implements Engines {
    private final ContainersConfig config;
    private final Ids ids;
    private final InitBinary init = InitBinary.bundled();
    private final Map<EngineAddress, DockerEngine> clients = new ConcurrentHashMap<>();

    SharedEngines(ContainersConfig config, Ids ids) {
        this.config = config;
        this.ids = ids;
    }

    @Override
    public ContainerEngine connect(EngineAddress address) {
        return clients.computeIfAbsent(address, this::client);
    }

    private DockerEngine client(EngineAddress address) {
        String path = address.uri().getPath();
        if (!"unix".equals(address.uri().getScheme()) || path == null || path.isEmpty()) {
            throw new EngineException.Rejected(
                    "\"" + address.uri() + "\" is no address of a container engine; expected unix:///path/to.sock");
        }
        return new DockerEngine(address, new UnixConnector(), config, ids, init);
    }

    @PreDestroy
    void close() {
        clients.values().forEach(DockerEngine::close);
    }
}
