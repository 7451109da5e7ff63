package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.containers.ContainerEngine.HostOutput;
import com.mimiry.containers.ContainerEngine.HostScript;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One script on an engine's host, run by our init in a short-lived container that may enter the host's mount namespace.
 * So it needs nothing but the engine's socket, wherever that is. The container's name keeps two of them apart: whoever
 * finds it running waits, and what a killed server left behind is cleared away.
 */
final class HostRun {
    /** Of the init, where the host does not let it in. */
    private static final int NOT_LET = 77;

    private static final long POLL_MILLIS = 50;
    private static final Duration LEFT_BEHIND_AFTER = Duration.ofSeconds(3);

    /** To enter the host's namespace, mount, and make and own files there; no more, and not "privileged". */
    private static final List<String> CAPABILITIES = List.of(
            "SYS_ADMIN",
            "SYS_CHROOT",
            "SYS_PTRACE",
            "DAC_OVERRIDE",
            "DAC_READ_SEARCH",
            "CHOWN",
            "FOWNER",
            "FSETID",
            "MKNOD");

    /** Disks, which have other numbers on each machine, and what hands out loop devices. */
    private static final List<String> DEVICES = List.of("b *:* rwm", "c 10:237 rwm");

    private final EngineHttp http;
    private final InitBinary init;
    private final HostScript script;

    HostRun(EngineHttp http, InitBinary init, HostScript script) {
        this.http = http;
        this.init = init;
        this.script = script;
    }

    HostOutput run() {
        String id = claim();
        try {
            http.call(EngineRequest.post(path(id, "/start")));
            int exitCode = exitCode(id);
            HostOutput output = output(id, exitCode);
            if (exitCode == NOT_LET) {
                throw new EngineException.Rejected(
                        "The container engine does not let us work on its host: " + output.error());
            }
            return output;
        } finally {
            remove(id);
        }
    }

    /** @return the container's id: by its name, what is done to it might hit another's that has come after it */
    private String claim() {
        long giveUp = System.nanoTime() + script.timeout().toNanos();
        Optional<String> created = create();
        while (created.isEmpty()) {
            String leftBehind = leftBehind();
            if (leftBehind != null) {
                remove(leftBehind);
            } else if (System.nanoTime() > giveUp) {
                throw new EngineException.Unreachable("Another " + script.name() + " does not end on this host", null);
            }
            Pauses.millis(POLL_MILLIS);
            created = create();
        }
        return created.get();
    }

    /** @return empty where the name is taken */
    private Optional<String> create() {
        try {
            return Optional.of(http.call(EngineRequest.post("/containers/create")
                            .query("name", script.name())
                            .json(body()))
                    .path("Id")
                    .asText());
        } catch (EngineException.Conflict e) {
            return Optional.empty();
        }
    }

    /**
     * The one that has the name, if nobody cares for it any more. One that is not started yet is somebody's who is about to,
     * and one that has ended is somebody's who reads what came of it: both are given a moment.
     */
    private @Nullable String leftBehind() {
        long until = System.nanoTime() + LEFT_BEHIND_AFTER.toNanos();
        String first = null;
        while (true) {
            JsonNode json;
            try {
                json = http.call(EngineRequest.get(path(script.name(), "/json")));
            } catch (EngineException.NotFound _) {
                return null;
            }
            String id = json.path("Id").asText();
            boolean another = first != null && !first.equals(id);
            first = id;
            switch (StatusReader.status(json)) {
                case ContainerStatus.Running _, ContainerStatus.Absent _ -> {
                    return null;
                }
                case ContainerStatus.Created _, ContainerStatus.Exited _ -> {
                    if (another) {
                        return null;
                    }
                    if (System.nanoTime() > until) {
                        return id;
                    }
                }
            }
            Pauses.millis(POLL_MILLIS);
        }
    }

    private ObjectNode body() {
        ObjectNode body = EngineHttp.JSON.createObjectNode();
        body.put("Image", init.image()).put("NetworkDisabled", true).put("Tty", false);
        List<String> call = new ArrayList<>(List.of(InitBinary.PATH, "host", script.script()));
        call.addAll(script.arguments());
        ContainerBody.strings(body.putArray("Entrypoint"), call);
        ObjectNode host = body.putObject("HostConfig");
        host.put("NetworkMode", "none").put("PidMode", "host").put("UsernsMode", "host");
        ContainerBody.strings(host.putArray("CapDrop"), List.of("ALL"));
        ContainerBody.strings(host.putArray("CapAdd"), CAPABILITIES);
        ContainerBody.strings(
                host.putArray("SecurityOpt"), List.of("apparmor=unconfined", "seccomp=unconfined", "label=disable"));
        ArrayNode rules = host.putArray("DeviceCgroupRules");
        DEVICES.forEach(rules::add);
        ObjectNode log = host.putObject("LogConfig");
        log.put("Type", "json-file");
        log.putObject("Config").put("max-size", "16m");
        return body;
    }

    private int exitCode(String id) {
        EngineRequest wait = EngineRequest.post(path(id, "/wait"));
        try (EngineResponse response = http.open(wait, script.timeout())) {
            return EngineHttp.JSON
                    .readTree(http.whole(wait, response))
                    .path("StatusCode")
                    .asInt(-1);
        } catch (IOException e) {
            throw new EngineException.Unreachable("How " + script.name() + " ended cannot be read", e);
        }
    }

    private HostOutput output(String id, int exitCode) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        EngineRequest request = LogReader.request(id, null, false);
        try (EngineResponse response = http.open(request, script.timeout())) {
            LogReader.read(response, entry -> (entry.stderr() ? err : out).writeBytes(entry.payload()));
        } catch (IOException e) {
            throw new EngineException.Unreachable("What " + script.name() + " said cannot be read", e);
        }
        return new HostOutput(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8).strip());
    }

    private void remove(String id) {
        try {
            http.call(EngineRequest.delete(path(id, "")).query("force", "1").query("v", "1"));
        } catch (EngineException.NotFound | EngineException.Conflict _) {
            // Gone, or going.
            return;
        } catch (EngineException.Unreachable _) {
            // The next run of this name clears it away.
            return;
        }
    }

    private static String path(String container, String call) {
        return "/containers/" + EngineRequest.encode(container) + call;
    }
}
