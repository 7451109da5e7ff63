package com.mimiry.providers.docker;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerEngine.ContainerSummary;
import com.mimiry.containers.ContainerEngine.EngineInfo;
import com.mimiry.containers.ContainerEngine.HostOutput;
import com.mimiry.containers.ContainerEngine.HostScript;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Engines that hold containers and volumes in memory; by address each may be told to be dead, or to hang. */
final class FakeEngines implements Engines {
    final Map<EngineAddress, Map<String, ContainerSummary>> containers = new ConcurrentHashMap<>();
    final Set<EngineAddress> dead = ConcurrentHashMap.newKeySet();
    final Set<EngineAddress> hung = ConcurrentHashMap.newKeySet();
    final Map<EngineAddress, Map<String, String>> volumes = new ConcurrentHashMap<>();
    volatile String nvidiaSmi = "";
    volatile Consumer<EngineAddress> onPing = _ -> {};
    volatile Consumer<String> onRemove = _ -> {};

    void add(EngineAddress address, String name, Map<String, String> labels) {
        on(address).put(name, new ContainerSummary(name, labels, true, Instant.parse("2026-05-01T08:00:00Z")));
    }

    Map<String, ContainerSummary> on(EngineAddress address) {
        return containers.computeIfAbsent(address, _ -> new ConcurrentHashMap<>());
    }

    @Override
    public CommandResult run(EngineAddress address, String command, Duration timeout) {
        return nvidiaSmi.isEmpty() ? new CommandResult(127, "") : new CommandResult(0, nvidiaSmi);
    }

    @Override
    public ContainerEngine connect(EngineAddress address) {
        return (ContainerEngine) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ContainerEngine.class}, (_, method, arguments) -> {
                    if (dead.contains(address)) {
                        throw new EngineException.Unreachable("connection refused", null);
                    }
                    if (hung.contains(address)) {
                        new CountDownLatch(1).await();
                    }
                    return switch (method.getName()) {
                        case "info" -> new EngineInfo("27.0", "host", 8, 64L << 30, true);
                        case "ping" -> {
                            onPing.accept(address);
                            yield null;
                        }
                        case "list" -> list(address, arguments[0]);
                        case "remove" -> {
                            onRemove.accept((String) arguments[0]);
                            yield on(address).remove((String) arguments[0]);
                        }
                        case "onHost" -> onHost(address, ((HostScript) arguments[0]).arguments());
                        default -> throw new UnsupportedOperationException(method.getName());
                    };
                });
    }

    Map<String, String> volumesOn(EngineAddress address) {
        return volumes.computeIfAbsent(address, _ -> new ConcurrentHashMap<>());
    }

    /** As volumes.sh does it, as far as anybody sees. */
    private HostOutput onHost(EngineAddress address, List<String> arguments) {
        Map<String, String> here = volumesOn(address);
        String output = switch (arguments.get(1)) {
            case "disk" -> "disk " + (1L << 40) + " 0";
            case "create", "grow" -> {
                here.put(arguments.get(2), arguments.get(3));
                yield "";
            }
            case "destroy" -> {
                here.remove(arguments.get(2));
                yield "";
            }
            case "unmount" -> "";
            case "list" ->
                here.entrySet().stream()
                                .map(each -> "volume %s %s 1777622400 img\n".formatted(each.getKey(), each.getValue()))
                                .collect(Collectors.joining())
                        + "complete\n";
            default -> throw new UnsupportedOperationException(arguments.get(1));
        };
        return new HostOutput(0, output, "");
    }

    private List<ContainerSummary> list(EngineAddress address, Object labels) {
        return on(address).values().stream()
                .filter(container -> container.labels().entrySet().containsAll(((Map<?, ?>) labels).entrySet()))
                .toList();
    }
}
