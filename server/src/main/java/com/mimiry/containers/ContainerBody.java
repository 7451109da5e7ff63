package com.mimiry.containers;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down a session's container as the engine wants it. */
final class ContainerBody {
    private static final long MEBIBYTE = 1024 * 1024;
    private static final long SHARED_MEMORY_WITHOUT_LIMIT = 1024 * MEBIBYTE;
    private static final long LEAST_SHARED_MEMORY = 64 * MEBIBYTE;
    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);

    /** What package managers need, and nothing else. */
    private static final List<String> CAPABILITIES =
            List.of("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID");

    private ContainerBody() {}

    /** @param network the container whose network it joins, and with it takes its host name; null = one of its own */
    static ObjectNode of(ContainerSpec spec, InitBinary init, @Nullable String network) {
        ObjectNode body = EngineHttp.JSON.createObjectNode();
        body.put("Image", spec.image());
        if (network == null) {
            body.put("Hostname", spec.hostname());
        }
        body.put("Tty", false);
        // Where the init is told when the money ends; whoever attaches may go and come back.
        body.put("OpenStdin", true);
        body.put("StdinOnce", false);
        body.put("AttachStdin", false);
        strings(body.putArray("Entrypoint"), initCall(spec));
        body.putArray("Cmd");
        strings(body.putArray("Env"), environment(spec));
        ObjectNode labels = body.putObject("Labels");
        spec.labels().forEach(labels::put);
        // The image's idea of health is about its own entrypoint, which does not run here.
        strings(body.putObject("Healthcheck").putArray("Test"), List.of("NONE"));
        ObjectNode host = body.putObject("HostConfig");
        host.put("NetworkMode", network == null ? HostSetup.NETWORK : "container:" + network);
        hostConfig(host, spec, init);
        return body;
    }

    /** A whole argument for the command alone: together with a name it would not fit what the kernel takes. */
    private static List<String> initCall(ContainerSpec spec) {
        List<String> call = new ArrayList<>(List.of(InitBinary.PATH, "run", "--token", spec.controlToken()));
        if (spec.keepAfterSuccess()) {
            call.add("--keep-success");
        }
        if (spec.keepAfterFailure()) {
            call.add("--keep-failure");
        }
        if (spec.deadline() != null) {
            call.addAll(List.of("--deadline", seconds(spec.deadline())));
        }
        if (spec.paid() != null) {
            call.addAll(List.of("--paid", seconds(spec.paid())));
        }
        if (spec.command() != null) {
            call.addAll(List.of("--", spec.command()));
        }
        return call;
    }

    /** As the init takes them: whole, not negative, and no more than fit into 31 bits. */
    static String seconds(Duration duration) {
        return Long.toString(Math.clamp(duration.toSeconds(), 0, Integer.MAX_VALUE));
    }

    private static List<String> environment(ContainerSpec spec) {
        List<String> environment = new ArrayList<>();
        spec.environment().forEach((name, value) -> environment.add(name + "=" + value));
        // Last, so that it wins: where NVIDIA's runtime is the default one, an image or a user would choose by this
        // variable.
        environment.add(
                "NVIDIA_VISIBLE_DEVICES=" + (spec.gpuIds().isEmpty() ? "void" : String.join(",", spec.gpuIds())));
        return environment;
    }

    private static void hostConfig(ObjectNode host, ContainerSpec spec, InitBinary init) {
        host.put("Privileged", false);
        strings(host.putArray("CapDrop"), List.of("ALL"));
        strings(host.putArray("CapAdd"), CAPABILITIES);
        strings(host.putArray("SecurityOpt"), List.of("no-new-privileges"));
        host.putObject("RestartPolicy").put("Name", "no");
        host.put("OomKillDisable", false);
        limits(host, spec);
        ObjectNode log = host.putObject("LogConfig");
        log.put("Type", "json-file");
        log.putObject("Config").put("max-size", "100m").put("max-file", "3");
        ArrayNode mounts = host.putArray("Mounts");
        HostSetup.mountInit(mounts, init, true);
        for (ContainerSpec.Mount mount : spec.mounts()) {
            // Not by "Binds": that would make a missing directory on the host's own disk, and the data would go there.
            ObjectNode bind = mounts.addObject();
            bind.put("Type", "bind").put("Source", mount.hostPath()).put("Target", mount.path());
            bind.putObject("BindOptions").put("Propagation", "rprivate");
        }
        if (!spec.gpuIds().isEmpty()) {
            ObjectNode gpus = host.putArray("DeviceRequests").addObject();
            gpus.put("Driver", "nvidia");
            strings(gpus.putArray("DeviceIDs"), spec.gpuIds());
            strings(gpus.putArray("Capabilities").addArray(), List.of("gpu"));
        }
    }

    private static void limits(ObjectNode host, ContainerSpec spec) {
        if (spec.memoryBytes() > 0) {
            host.put("Memory", spec.memoryBytes());
            host.put("MemorySwap", spec.memoryBytes());
        }
        // Its pages count as the container's memory, so half of that is no gift; data loaders of ML jobs need a lot.
        host.put(
                "ShmSize",
                spec.memoryBytes() > 0
                        ? Math.max(LEAST_SHARED_MEMORY, spec.memoryBytes() / 2)
                        : SHARED_MEMORY_WITHOUT_LIMIT);
        if (spec.cpus() > 0) {
            host.put(
                    "NanoCpus",
                    BigDecimal.valueOf(spec.cpus())
                            .multiply(NANOS)
                            .setScale(0, RoundingMode.DOWN)
                            .longValueExact());
        }
        if (spec.pidsMax() > 0) {
            host.put("PidsLimit", spec.pidsMax());
        }
    }

    static void strings(ArrayNode array, List<String> values) {
        values.forEach(array::add);
    }
}
