package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.GpuNames;
import com.mimiry.providers.docker.DockerHostStore.StoredHost;
import io.quarkus.logging.Log;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The hosts of the configuration and those added at the terminal, which every replica sees at once. */
@Singleton
class DockerHosts {
    private final DockerConfig config;
    private final GpuNames names;
    private final Database database;
    private final DockerHostStore store = new DockerHostStore();
    private final List<DockerHost> configured;

    DockerHosts(DockerConfig config, GpuNames names, Database database) {
        this.config = config;
        this.names = names;
        this.database = database;
        this.configured = DockerHost.all(config, names, System.getenv("DOCKER_HOST"));
    }

    /** All, drained ones included; where both name one, the configuration's counts. */
    List<DockerHost> all() {
        List<DockerHost> all = new ArrayList<>(configured);
        if (config.enabled()) {
            for (StoredHost stored : database.read(store::all)) {
                if (configured.stream().noneMatch(host -> host.name().equals(stored.name()))) {
                    all.add(host(stored));
                }
            }
        }
        return all;
    }

    /** Those that may get new sessions. */
    List<DockerHost> open() {
        Set<String> drained = drained();
        return all().stream()
                .filter(host -> !drained.contains(host.name()) && !isTwin(host))
                .toList();
    }

    boolean isConfigured(DockerHost host) {
        return configured.contains(host);
    }

    /** Whether it is one of the configuration under another name: its GPUs and its disk would be given out twice. */
    private boolean isTwin(DockerHost host) {
        return !isConfigured(host)
                && configured.stream().anyMatch(other -> other.engine().equals(host.engine()));
    }

    Set<String> drained() {
        return Set.copyOf(database.read(store::drained));
    }

    /** Whether something new may come to a host: asked under the lock under which its operator changes it. */
    boolean isOpen(Transaction tx, DockerHost host) {
        if (isTwin(host) || store.drained(tx).contains(host.name())) {
            return false;
        }
        return isConfigured(host)
                || store.all(tx).stream()
                        .anyMatch(stored -> stored.name().equals(host.name())
                                && EngineAddress.of(stored.uri()).equals(host.engine()));
    }

    private DockerHost host(StoredHost stored) {
        List<HostGpus.Gpu> gpus = List.of();
        try {
            gpus = DockerHost.declared("docker host " + stored.name() + ", GPUs", stored.gpus(), names);
        } catch (IllegalArgumentException e) {
            Log.warnf("%s: it is offered without declared GPUs", e.getMessage());
        }
        return new DockerHost(
                stored.name(),
                EngineAddress.of(stored.uri()),
                stored.hostKey(),
                null,
                stored.location() == null ? stored.name() : stored.location(),
                gpus,
                false);
    }
}
