package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.docker.DockerVolumeStore.Promise;
import com.mimiry.providers.docker.SideBySide.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What is on the hosts' disks, all of them asked at once.
 *
 * @param silent the hosts that gave no answer, and why; what is there is hidden, and nothing else
 */
record VolumesSeen(List<Found> found, Map<EngineAddress, String> silent) {
    private static final Logger LOG = Logger.getLogger(VolumesSeen.class);

    /** @param promise null where our database knows nothing of it, or that it has ended */
    record Found(
            VolumeHost.File file, String host, @Nullable Promise promise) {}

    static VolumesSeen look(
            List<DockerHost> hosts, VolumeHost files, SideBySide atOnce, Database database, DockerVolumeStore store) {
        List<Promise> live = database.read(store::live);
        if (live.size() == DockerVolumeStore.VOLUMES_MAX) {
            throw new ProviderFailure.Unavailable("more volumes than can be listed at once", null);
        }
        Map<UUID, Promise> promises = new LinkedHashMap<>();
        Set<EngineAddress> withPromises = new LinkedHashSet<>();
        // Those too that have volumes and are configured no more.
        Map<EngineAddress, String> names = new LinkedHashMap<>();
        live.forEach(promise -> {
            promises.put(promise.tag(), promise);
            withPromises.add(promise.engine());
            names.putIfAbsent(promise.engine(), promise.host());
        });
        hosts.forEach(host -> names.put(host.engine(), host.name()));
        Map<EngineAddress, Answer<List<VolumeHost.File>>> answers =
                atOnce.ask(names.keySet(), engine -> files(files, engine, withPromises.contains(engine)));
        List<Found> found = new ArrayList<>();
        Map<EngineAddress, String> silent = new LinkedHashMap<>();
        answers.forEach((engine, answer) -> {
            switch (answer) {
                case Answer.Given<List<VolumeHost.File>> given ->
                    given.value()
                            .forEach(file -> found.add(
                                    new Found(file, names.getOrDefault(engine, ""), promises.get(file.tag()))));
                case Answer.Silence<List<VolumeHost.File>> silence -> silent.put(engine, silence.words());
            }
        });
        return new VolumesSeen(found, silent);
    }

    private static List<VolumeHost.File> files(VolumeHost files, EngineAddress engine, boolean promised) {
        try {
            return files.list(engine);
        } catch (ProviderFailure.InvalidRequest e) {
            if (promised) {
                throw new ProviderFailure.Unavailable(String.valueOf(e.getMessage()), e);
            }
            // A host that lets nobody in has never held one.
            LOG.debugf("no volumes at %s: %s", engine.uri(), e.getMessage());
            return List.of();
        }
    }

    /** In words; "" where every host answered. */
    String gaps() {
        return silent.entrySet().stream()
                .map(entry -> "no answer about the volumes at " + entry.getKey().uri() + ": " + entry.getValue())
                .collect(Collectors.joining("; "));
    }
}
