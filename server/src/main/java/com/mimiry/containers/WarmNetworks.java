package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.platform.Ids;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a few networks of containers ready on a host. Making one is most of what starting a container takes, so it is done
 * beforehand: for an init that only waits, in a container that a session's container then joins. Whoever wants one renames
 * it after its own container, which one engine lets happen once; nobody else ever uses it again. There is none ready? Then
 * the session's container gets a network of its own as it starts.
 *
 * <p>They belong to the host like its network and its volume with the init, and several servers may share them. Those that
 * a crash left behind are found by their label and removed.
 */
final class WarmNetworks {
    private static final Logger LOG = Logger.getLogger(WarmNetworks.class);

    private static final String LABEL = "mimiry.network";
    private static final String READY = "mimiry-ready-";
    private static final String CLAIMED = "-net";
    private static final long MEMORY_BYTES = 16L * 1024 * 1024;
    private static final long PIDS_MAX = 8;

    /** So that several starts in a row come before the work for the ones after them. */
    private static final Duration REFILL_DELAY = Duration.ofSeconds(1);

    static final Duration ORPHAN_PATIENCE = Duration.ofMinutes(1);

    private final EngineHttp http;
    private final InitBinary init;
    private final Ids ids;
    private final int wanted;
    private final Duration orphanPatience;
    private final Queue<String> ready = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean refilling = new AtomicBoolean();

    /** When claimed ones were first seen without their container; used by one refill at a time. */
    private final Map<String, Long> orphansSince = new HashMap<>();

    private volatile boolean closed;

    /**
     * @param wanted how many to keep ready; 0 = none ever
     * @param orphanPatience how long a claimed one may be without the container that it was claimed for
     */
    WarmNetworks(EngineHttp http, InitBinary init, Ids ids, int wanted, Duration orphanPatience) {
        this.http = http;
        this.init = init;
        this.ids = ids;
        this.wanted = wanted;
        this.orphanPatience = orphanPatience;
    }

    /**
     * Takes one for a container; the same one when asked again.
     *
     * @return the name of the container to join; null where none is ready
     */
    @Nullable String claim(String container) {
        if (wanted == 0) {
            return null;
        }
        try {
            return running(container + CLAIMED) ? container + CLAIMED : claimReady(container + CLAIMED);
        } catch (EngineException e) {
            LOG.debugf(e, "no ready network for %s", container);
            return null;
        }
    }

    private @Nullable String claimReady(String name) {
        for (String candidate = ready.poll(); candidate != null; candidate = ready.poll()) {
            try {
                http.call(EngineRequest.post("/containers/" + candidate + "/rename")
                        .query("name", name));
                if (running(name)) {
                    return name;
                }
                remove(name);
            } catch (EngineException.NotFound e) {
                LOG.debugf("%s was taken by somebody else", candidate);
            }
        }
        return null;
    }

    private boolean running(String name) {
        try {
            return StatusReader.status(http.call(EngineRequest.get("/containers/" + name + "/json")))
                    instanceof ContainerStatus.Running;
        } catch (EngineException.NotFound e) {
            return false;
        }
    }

    /** Removes what a container claimed, if anything. */
    void release(String container) {
        if (wanted > 0) {
            remove(container + CLAIMED);
        }
    }

    private void remove(String name) {
        try {
            http.call(EngineRequest.delete("/containers/" + name).query("force", "1"));
        } catch (EngineException.NotFound | EngineException.Conflict e) {
            // Gone, or going.
            return;
        }
    }

    /** Sees to it, some moments later and on a thread of its own, that enough are ready and none is left behind. */
    void refillSoon() {
        if (wanted > 0 && !closed && refilling.compareAndSet(false, true)) {
            Thread.ofVirtual().name("warm-networks").start(this::refill);
        }
    }

    private void refill() {
        try {
            Pauses.millis(REFILL_DELAY.toMillis());
            int found = tidy();
            for (int i = found; i < wanted && !closed; i++) {
                make();
            }
        } catch (EngineException e) {
            LOG.debugf(e, "no networks could be made ready");
        } finally {
            refilling.set(false);
        }
    }

    /** Takes in those that are ready already, also those of others, and removes what is of no use. */
    private int tidy() {
        ObjectNode filters = EngineHttp.JSON.createObjectNode();
        filters.withArray("label").add(LABEL);
        JsonNode containers = http.call(
                EngineRequest.get("/containers/json").query("all", "1").query("filters", filters.toString()));
        int found = 0;
        for (JsonNode container : containers) {
            String name = container.path("Names").path(0).asText().substring(1);
            boolean runs = container.path("State").asText().equals("running");
            boolean current = container.path("Labels").path(LABEL).asText().equals(init.version());
            if (!name.startsWith(READY)) {
                removeOrphan(name);
            } else if (runs && current) {
                found++;
                if (!ready.contains(name)) {
                    ready.add(name);
                }
            } else if (!runs && container.path("State").asText().equals("exited")) {
                remove(name);
            }
        }
        return found;
    }

    private void removeOrphan(String name) {
        String container = name.substring(0, Math.max(0, name.length() - CLAIMED.length()));
        if (!name.endsWith(CLAIMED) || exists(container)) {
            orphansSince.remove(name);
            return;
        }
        long now = System.nanoTime();
        long since = orphansSince.computeIfAbsent(name, _ -> now);
        if (now - since > orphanPatience.toNanos()) {
            remove(name);
            orphansSince.remove(name);
        }
    }

    private boolean exists(String name) {
        try {
            http.call(EngineRequest.get("/containers/" + name + "/json"));
            return true;
        } catch (EngineException.NotFound e) {
            return false;
        }
    }

    private void make() {
        String id = ids.next().toString().substring(0, 8);
        String name = READY + id;
        ObjectNode body = EngineHttp.JSON.createObjectNode();
        body.put("Image", init.image()).put("Hostname", "mimiry-" + id);
        ContainerBody.strings(body.putArray("Entrypoint"), List.of(InitBinary.PATH, "run"));
        body.putObject("Labels").put(LABEL, init.version());
        ObjectNode host = body.putObject("HostConfig");
        host.put("NetworkMode", HostSetup.NETWORK);
        host.put("Memory", MEMORY_BYTES).put("PidsLimit", PIDS_MAX).put("ReadonlyRootfs", true);
        ContainerBody.strings(host.putArray("CapDrop"), List.of("ALL"));
        ContainerBody.strings(host.putArray("SecurityOpt"), List.of("no-new-privileges"));
        host.putObject("LogConfig").put("Type", "none");
        http.call(EngineRequest.post("/containers/create").query("name", name).json(body));
        http.call(EngineRequest.post("/containers/" + name + "/start"));
        ready.add(name);
    }

    /** Removes those that are ready: a server that has gone leaves nothing running. */
    void close() {
        closed = true;
        try {
            for (String name = ready.poll(); name != null; name = ready.poll()) {
                remove(name);
            }
        } catch (EngineException e) {
            LOG.debugf(e, "ready networks are left for the next server");
        }
    }
}
