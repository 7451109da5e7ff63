package com.mimiry.providers.docker;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerEngine.ContainerSummary;
import com.mimiry.containers.ContainerEngine.EngineInfo;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Engines that hold containers in memory; by address each may be told to be dead. */
final class FakeEngines implements Engines {
    final Map<EngineAddress, Map<String, ContainerSummary>> containers = new ConcurrentHashMap<>();
    final Set<EngineAddress> dead = ConcurrentHashMap.newKeySet();
    volatile Consumer<String> onRemove = _ -> {};

    void add(EngineAddress address, String name, Map<String, String> labels) {
        on(address).put(name, new ContainerSummary(name, labels, true, Instant.parse("2026-05-01T08:00:00Z")));
    }

    Map<String, ContainerSummary> on(EngineAddress address) {
        return containers.computeIfAbsent(address, _ -> new ConcurrentHashMap<>());
    }

    @Override
    public ContainerEngine connect(EngineAddress address) {
        return (ContainerEngine) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ContainerEngine.class}, (_, method, arguments) -> {
                    if (dead.contains(address)) {
                        throw new EngineException.Unreachable("connection refused", null);
                    }
                    return switch (method.getName()) {
                        case "info" -> new EngineInfo("27.0", "host", 8, 64L << 30, true);
                        case "ping" -> null;
                        case "list" -> list(address, arguments[0]);
                        case "remove" -> {
                            onRemove.accept((String) arguments[0]);
                            yield on(address).remove((String) arguments[0]);
                        }
                        default -> throw new UnsupportedOperationException(method.getName());
                    };
                });
    }

    private List<ContainerSummary> list(EngineAddress address, Object labels) {
        return on(address).values().stream()
                .filter(container -> container.labels().entrySet().containsAll(((Map<?, ?>) labels).entrySet()))
                .toList();
    }
}
