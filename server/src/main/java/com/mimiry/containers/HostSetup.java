package com.mimiry.containers;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes what all sessions of a host share: a network whose members cannot reach each other, and a volume with the init.
 * Several servers may do so at once, and die over it: each step is safe to repeat, and the filling of the volume is one
 * at a time on the host, by the name of the container that does it.
 */
final class HostSetup {
    static final String NETWORK = "mimiry";

    /** A bridge of one name exists once, even where two servers make the network at the same moment. */
    private static final String BRIDGE = "mimiry0";

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long POLL_MILLIS = 50;

    private static final int DOES_NOT_START = -1;
    /** By SIGKILL: another server has removed the container while it ran. */
    private static final int KILLED = 137;

    private final EngineHttp http;
    private final InitBinary init;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean done;

    HostSetup(EngineHttp http, InitBinary init) {
        this.http = http;
        this.init = init;
    }

    InitBinary init() {
        return init;
    }

    /** @return whether there was anything to look at */
    boolean ensure() {
        if (done) {
            return false;
        }
        lock.lock();
        try {
            if (!done) {
                ensureNetwork();
                ensureInit();
                done = true;
                return true;
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** To be called when something was found missing: the next {@link #ensure} looks at everything again. */
    void forget() {
        done = false;
    }

    private void ensureNetwork() {
        try {
            http.call(EngineRequest.get("/networks/" + NETWORK));
        } catch (EngineException.NotFound e) {
            createNetwork();
        }
    }

    private void createNetwork() {
        ObjectNode body = EngineHttp.JSON.createObjectNode();
        body.put("Name", NETWORK).put("Driver", "bridge").put("CheckDuplicate", true);
        body.putObject("Options")
                .put("com.docker.network.bridge.enable_icc", "false")
                .put("com.docker.network.bridge.name", BRIDGE);
        try {
            http.call(EngineRequest.post("/networks/create").json(body));
        } catch (EngineException e) {
            // Another server may have been faster, and engines differ in how they say so.
            try {
                http.call(EngineRequest.get("/networks/" + NETWORK));
            } catch (EngineException.NotFound _) {
                throw e;
            }
        }
    }

    private void ensureInit() {
        try {
            http.call(EngineRequest.get("/images/" + init.image() + "/json"));
        } catch (EngineException.NotFound e) {
            http.call(EngineRequest.post("/images/create")
                    .query("fromSrc", "-")
                    .query("repo", "mimiry-init")
                    .query("tag", init.version())
                    .body("application/x-tar", init.tar()));
        }
        if (!filled()) {
            // What is in the volume does not run: half a copy, after a crash at the wrong moment.
            removeVolume();
            if (!filled()) {
                throw new EngineException.Rejected(
                        "The containers' init does not run on this host. Is it another architecture than the server's?");
            }
        }
    }

    /** Engines copy an image's directory into an empty volume that is mounted over it. The init itself shows success. */
    private boolean filled() {
        String filler = init.volume() + "-check";
        long giveUp = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < giveUp) {
            OptionalInt exitCode = run(filler);
            if (exitCode.isPresent()) {
                return exitCode.getAsInt() == 0;
            }
            Pauses.millis(POLL_MILLIS);
        }
        throw new EngineException.Unreachable(
                "The container %s could not be run within %d s; see whether the engine can remove it."
                        .formatted(filler, PATIENCE.toSeconds()),
                null);
    }

    /**
     * Runs the container of that name, whoever made it: another server may be at it too, or have died over it.
     *
     * @return its exit code; empty where another server has taken it away meanwhile
     */
    private OptionalInt run(String filler) {
        create(filler);
        int exitCode;
        try {
            http.call(EngineRequest.post("/containers/" + filler + "/start"));
            exitCode = http.call(EngineRequest.post("/containers/" + filler + "/wait"))
                    .path("StatusCode")
                    .asInt(DOES_NOT_START);
        } catch (EngineException.Rejected e) {
            exitCode = DOES_NOT_START;
        } catch (EngineException.NotFound e) {
            if (!e.words().contains(InitBinary.PATH)) {
                return OptionalInt.empty();
            }
            exitCode = DOES_NOT_START;
        } catch (EngineException.Conflict e) {
            return OptionalInt.empty();
        }
        if (exitCode == KILLED) {
            return OptionalInt.empty();
        }
        removeContainer(filler);
        return OptionalInt.of(exitCode);
    }

    private void create(String filler) {
        ObjectNode body = EngineHttp.JSON.createObjectNode();
        body.put("Image", init.image()).put("NetworkDisabled", true);
        ContainerBody.strings(body.putArray("Entrypoint"), List.of(InitBinary.PATH, "version"));
        ObjectNode host = body.putObject("HostConfig");
        host.put("NetworkMode", "none");
        mountInit(host.putArray("Mounts"), init, false);
        try {
            http.call(EngineRequest.post("/containers/create")
                    .query("name", filler)
                    .json(body));
        } catch (EngineException.Conflict _) {
            // One is there.
            return;
        }
    }

    private void removeVolume() {
        try {
            http.call(EngineRequest.delete("/volumes/" + init.volume()));
        } catch (EngineException.NotFound _) {
            // Another server was faster.
            return;
        }
    }

    private void removeContainer(String name) {
        try {
            http.call(EngineRequest.delete("/containers/" + name).query("force", "1"));
        } catch (EngineException.NotFound | EngineException.Conflict _) {
            // Gone, or going.
            return;
        }
    }

    static void mountInit(ArrayNode mounts, InitBinary init, boolean forSession) {
        ObjectNode mount = mounts.addObject();
        mount.put("Type", "volume").put("Source", init.volume()).put("Target", InitBinary.DIRECTORY);
        mount.put("ReadOnly", forSession);
        // A session's image must never fill the volume that all sessions run from.
        mount.putObject("VolumeOptions").put("NoCopy", forSession);
    }
}
