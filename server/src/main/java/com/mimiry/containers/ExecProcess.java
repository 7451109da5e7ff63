package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The process of an exec as the engine knows it: whether it runs, how it ended, and signals to its group. */
final class ExecProcess {
    private static final Duration START_PATIENCE = Duration.ofSeconds(10);
    private static final long FIRST_PAUSE_MILLIS = 1;
    private static final long LONGEST_PAUSE_MILLIS = 200;

    private final EngineHttp http;
    private final String container;
    private final String id;
    private final String mark;

    ExecProcess(EngineHttp http, String container, String id, String mark) {
        this.http = http;
        this.container = container;
        this.id = id;
        this.mark = mark;
    }

    /** Waits for the end, which engines notice a little after that of the streams. */
    int awaitExit() throws IOException {
        long pause = FIRST_PAUSE_MILLIS;
        JsonNode exec = inspect();
        while (!ended(exec)) {
            Pauses.millis(pause);
            pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
            exec = inspect();
        }
        return exec.path("ExitCode").asInt();
    }

    /** Whether it has ended without ever having been a process. */
    boolean neverRan() throws IOException {
        int exitCode = awaitExit();
        return (exitCode == 126 || exitCode == 127) && inspect().path("Pid").asLong() == 0;
    }

    /**
     * Signals the process's group. An engine has no call for that. Where its processes are ours to see, the host's own
     * signal is the sure way; else the init does it from inside of the container.
     */
    void signal(String name) {
        int signal = Signals.number(name);
        try {
            JsonNode exec = awaitStart();
            long pid = exec.path("Pid").asLong();
            if (!exec.path("Running").asBoolean() || pid <= 1) {
                return;
            }
            if (!Signals.sendToGroup(pid, signal, exec.path("ContainerID").asText())) {
                signalInside(signal);
            }
        } catch (EngineException.NotFound | EngineException.Conflict e) {
            // The exec or its container has gone meanwhile.
            return;
        }
    }

    void signalInside(int signal) {
        ObjectNode body = EngineHttp.JSON.createObjectNode();
        ContainerBody.strings(body.putArray("Cmd"), List.of(InitBinary.PATH, "signal", mark, Integer.toString(signal)));
        JsonNode created = http.call(EngineRequest.post("/containers/" + EngineRequest.encode(container) + "/exec")
                .json(body));
        ObjectNode start = EngineHttp.JSON.createObjectNode().put("Detach", true);
        http.call(EngineRequest.post("/exec/" + created.path("Id").asText() + "/start")
                .json(start));
    }

    /** A process that is just being started cannot be signalled yet, and must not be missed. */
    private JsonNode awaitStart() {
        long giveUp = System.nanoTime() + START_PATIENCE.toNanos();
        JsonNode exec = inspect();
        while (!ended(exec) && exec.path("Pid").asLong() == 0 && System.nanoTime() < giveUp) {
            Pauses.millis(FIRST_PAUSE_MILLIS * 5);
            exec = inspect();
        }
        return exec;
    }

    private JsonNode inspect() {
        return http.call(EngineRequest.get("/exec/" + id + "/json"));
    }

    private static boolean ended(JsonNode exec) {
        return !exec.path("Running").asBoolean() && exec.hasNonNull("ExitCode");
    }
}
