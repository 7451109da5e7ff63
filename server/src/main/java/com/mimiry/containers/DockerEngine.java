package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.platform.Ids;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** An engine that speaks the Docker Engine API. Safe for many threads: it keeps nothing but what it learned of the host. */
final class DockerEngine implements ContainerEngine {
    private static final Logger LOG = Logger.getLogger(DockerEngine.class);
    private static final Duration REMOVAL_PATIENCE = Duration.ofSeconds(30);
    /** For one that ends at this very moment; it is a line of text. */
    private static final Duration ORDER_PATIENCE = Duration.ofSeconds(10);

    private static final long POLL_MILLIS = 50;

    private final EngineHttp http;
    private final ContainersConfig config;
    private final HostSetup setup;
    private final WarmNetworks networks;
    private final Ids ids;

    DockerEngine(EngineAddress address, Connector connector, ContainersConfig config, Ids ids, InitBinary init) {
        this.http = new EngineHttp(address, connector, config.callTimeout());
        this.config = config;
        this.setup = new HostSetup(http, init);
        this.networks = new WarmNetworks(http, init, ids, config.readyNetworks(), WarmNetworks.ORPHAN_PATIENCE);
        this.ids = ids;
    }

    @Override
    public EngineInfo info() {
        JsonNode info = http.call(EngineRequest.get("/info"));
        return new EngineInfo(
                info.path("ServerVersion").asText(),
                info.path("Name").asText(),
                info.path("NCPU").asInt(),
                info.path("MemTotal").asLong(),
                info.path("Runtimes").has("nvidia"));
    }

    @Override
    public void ping() {
        EngineRequest request = EngineRequest.get("/_ping");
        try (EngineResponse response = http.open(request)) {
            http.whole(request, response);
        }
    }

    @Override
    public Set<String> imageIds() {
        JsonNode images = http.call(EngineRequest.get("/images/json"));
        if (!images.isArray()) {
            throw new EngineException.Unreachable("The container engine's list of images is none", null);
        }
        Set<String> ids = new HashSet<>();
        images.forEach(image -> ids.add(image.path("Id").asText()));
        return ids;
    }

    @Override
    public Optional<ImageInfo> image(String image) {
        parse(image);
        try {
            JsonNode json = http.call(EngineRequest.get("/images/" + image + "/json"));
            JsonNode imageConfig = json.path("Config");
            Map<String, String> environment = new HashMap<>();
            for (JsonNode entry : imageConfig.path("Env")) {
                String text = entry.asText();
                int equals = text.indexOf('=');
                environment.put(
                        equals < 0 ? text : text.substring(0, equals), equals < 0 ? "" : text.substring(equals + 1));
            }
            return Optional.of(new ImageInfo(
                    json.path("Id").asText(),
                    imageConfig.path("User").asText(),
                    imageConfig.path("WorkingDir").asText(),
                    Map.copyOf(environment)));
        } catch (EngineException.NotFound e) {
            return Optional.empty();
        }
    }

    @Override
    public void pull(String image, @Nullable RegistryAuth auth, Consumer<PullProgress> progress) {
        new ImagePull(http, config.streamSilence(), progress).run(parse(image), auth);
    }

    @Override
    public void prepare() {
        if (setup.ensure()) {
            networks.refillSoon();
        }
    }

    @Override
    public void create(ContainerSpec spec) {
        EngineRequest request = EngineRequest.post("/containers/create")
                .query("name", spec.name())
                .json(ContainerBody.of(spec, setup.init(), networks.claim(spec.name())));
        try {
            http.call(request);
        } catch (EngineException.Conflict e) {
            // The one that we made before, in a call whose answer was lost.
            if (inspect(spec.name()) instanceof ContainerStatus.Absent) {
                throw e;
            }
        }
    }

    @Override
    public void start(String name) {
        try {
            startOnce(name);
        } catch (EngineException.Conflict e) {
            if (e.words().contains("non running container")) {
                // The network that it was to join has ended: without it, the next try begins anew.
                remove(name);
            }
            throw e;
        } catch (EngineException.Rejected e) {
            if (!lacksOurs(e)) {
                throw e;
            }
            setup.forget();
            setup.ensure();
            startOnce(name);
        }
        networks.refillSoon();
    }

    private void startOnce(String name) {
        try {
            http.call(EngineRequest.post(container(name, "/start")));
        } catch (EngineException.Unreachable e) {
            // Some refusals come as a 5xx. Where the engine has noted down why, it is known that it did not start.
            if (inspect(name) instanceof ContainerStatus.Exited exited
                    && !exited.error().isEmpty()) {
                throw new EngineException.Rejected(exited.error());
            }
            throw e;
        } catch (EngineException.NotFound e) {
            if (inspect(name) instanceof ContainerStatus.Absent) {
                throw e;
            }
            throw new EngineException.Rejected(e.words());
        }
    }

    /** Somebody cleaned the host up: volumes and networks that nobody uses at the moment look like waste. */
    private static boolean lacksOurs(EngineException.Rejected failure) {
        String words = failure.words();
        return words.contains(InitBinary.PATH) || words.contains("network " + HostSetup.NETWORK + " not found");
    }

    @Override
    public ContainerStatus inspect(String name) {
        try {
            return StatusReader.status(http.call(EngineRequest.get(container(name, "/json"))));
        } catch (EngineException.NotFound e) {
            return new ContainerStatus.Absent();
        }
    }

    @Override
    public void signal(String name, String signal) {
        try {
            http.call(EngineRequest.post(container(name, "/kill")).query("signal", signal));
        } catch (EngineException.NotFound | EngineException.Conflict e) {
            // Not running, or not even there.
            return;
        }
    }

    /** On the init's stdin, which nothing in the container can reach. */
    @Override
    public void arm(String name, long number, @Nullable Duration left) {
        if (!(inspect(name) instanceof ContainerStatus.Running)) {
            // Nobody would read it, and the engine would wait for somebody who does.
            return;
        }
        String order = "paid %d %s\n".formatted(number, left == null ? "never" : ContainerBody.seconds(left));
        EngineRequest request = EngineRequest.post(container(name, "/attach"))
                .query("stream", "1")
                .query("stdin", "1")
                .upgrade();
        try (EngineResponse response = http.open(request, ORDER_PATIENCE)) {
            try (OutputStream stdin = response.upstream()) {
                stdin.write(order.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                throw http.unreachable(request, response.watch(), e);
            }
            // It hangs up when it has passed all of it on.
            http.whole(request, response);
        }
    }

    @Override
    public void remove(String name) {
        try {
            http.call(EngineRequest.delete(container(name, ""))
                    .query("force", "1")
                    .query("v", "1"));
        } catch (EngineException.NotFound e) {
            LOG.debugf("container %s was gone already", name);
        } catch (EngineException.Conflict e) {
            awaitRemoval(name, e);
        }
        networks.release(name);
    }

    /** Somebody else's removal is under way. */
    private void awaitRemoval(String name, EngineException.Conflict conflict) {
        long giveUp = System.nanoTime() + REMOVAL_PATIENCE.toNanos();
        while (!(inspect(name) instanceof ContainerStatus.Absent)) {
            if (System.nanoTime() > giveUp) {
                throw conflict;
            }
            Pauses.millis(POLL_MILLIS);
        }
    }

    @Override
    public List<ContainerSummary> list(Map<String, String> labels) {
        ObjectNode filters = EngineHttp.JSON.createObjectNode();
        labels.forEach((name, value) -> filters.withArray("label").add(name + "=" + value));
        JsonNode containers = http.call(
                EngineRequest.get("/containers/json").query("all", "1").query("filters", filters.toString()));
        if (!containers.isArray()) {
            throw new EngineException.Unreachable("The container engine's list of containers is none", null);
        }
        List<ContainerSummary> found = new ArrayList<>(containers.size());
        for (JsonNode container : containers) {
            found.add(StatusReader.summary(container));
        }
        return found;
    }

    @Override
    public void logs(String name, @Nullable Instant since, boolean follow, Consumer<LogEntry> sink) {
        EngineRequest request = LogReader.request(name, since, follow);
        try (EngineResponse response = http.open(request, follow ? config.callTimeout() : config.streamSilence())) {
            if (follow) {
                // A container may be silent for days.
                response.watch().close();
            }
            try {
                LogReader.read(response, sink);
            } catch (ClosedByInterruptException e) {
                // This is how callers stop.
                return;
            } catch (IOException e) {
                throw http.unreachable(request, response.watch(), e);
            }
        }
    }

    @Override
    public ExecStream exec(String name, ExecSpec spec) {
        return EngineExec.start(http, name, spec, ids.next().toString());
    }

    @Override
    public HostOutput onHost(HostScript script) {
        setup.ensure();
        try {
            return new HostRun(http, setup.init(), script).run();
        } catch (EngineException.NotFound e) {
            // Somebody cleaned the host up: the init's image looks like waste to them.
            setup.forget();
            setup.ensure();
            return new HostRun(http, setup.init(), script).run();
        }
    }

    private static String container(String name, String call) {
        return "/containers/" + EngineRequest.encode(name) + call;
    }

    private static ImageReference parse(String image) {
        try {
            return ImageReference.parse(image);
        } catch (IllegalArgumentException e) {
            throw new EngineException.Rejected(String.valueOf(e.getMessage()));
        }
    }

    /** Takes along what was only there to be ready. */
    void close() {
        networks.close();
    }
}
