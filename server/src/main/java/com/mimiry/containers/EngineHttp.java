package com.mimiry.containers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 to one engine. Every call has a connection of its own: on a local socket that costs next to nothing, and no call
 * can ever be lost in a connection that had died unseen.
 */
final class EngineHttp {
    /** Its buffers are not each thread's own: whoever follows a log would keep them for as long as a session runs. */
    static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.newBoundedPool(16))
            .build());

    /** Everything that we ask for is in it; newer engines refuse older ones than this. */
    private static final int PREFERRED_MINOR = 44;

    /** Small, since each log that is followed has one. */
    private static final int BUFFER = 4 * 1024;

    /** Of what carries somebody's bytes. */
    private static final int UPGRADED_BUFFER = 64 * 1024;

    private final EngineAddress address;
    private final Connector connector;
    private final Duration callTimeout;

    /** Such as {@code /v1.41}; forgotten when the engine does not answer, since it may come back upgraded. */
    private volatile @Nullable String version;

    EngineHttp(EngineAddress address, Connector connector, Duration callTimeout) {
        this.address = address;
        this.connector = connector;
        this.callTimeout = callTimeout;
    }

    /** A call with a short answer, read whole. A missing node where the answer has no body. */
    JsonNode call(EngineRequest request) {
        return call(request, negotiated());
    }

    private JsonNode call(EngineRequest request, String apiVersion) {
        try (EngineResponse response = ask(request, callTimeout, apiVersion)) {
            byte[] body = whole(request, response);
            if (response.head().status() >= 400) {
                throw EngineFailures.of(request, response.head().status(), body);
            }
            return parse(request, body);
        }
    }

    /** A call whose answer is read as it comes; an error answer is thrown. */
    EngineResponse open(EngineRequest request) {
        return open(request, callTimeout);
    }

    EngineResponse open(EngineRequest request, Duration patience) {
        EngineResponse response = ask(request, patience, negotiated());
        if (response.head().status() < 400) {
            return response;
        }
        try (response) {
            throw EngineFailures.of(request, response.head().status(), whole(request, response));
        }
    }

    /**
     * A call whose answer is read as it comes, whatever its status is.
     *
     * @param patience until the head has come; the watch goes on in the response
     */
    EngineResponse ask(EngineRequest request, Duration patience) {
        return ask(request, patience, negotiated());
    }

    private EngineResponse ask(EngineRequest request, Duration patience, String apiVersion) {
        Connector.Wire wire = newWire(request);
        Watchdog.Watch watch = Watchdog.watch(wire, patience);
        try {
            wire.connect();
            wire.output().write(request.encoded(apiVersion));
            BufferedInputStream in =
                    new BufferedInputStream(wire.input(), request.upgrades() ? UPGRADED_BUFFER : BUFFER);
            HttpHead head = HttpHead.read(in);
            return new EngineResponse(head, head.body(in), wire, watch);
        } catch (IOException e) {
            EngineException failure = unreachable(request, watch, e);
            EngineResponse.giveUp(wire, watch);
            throw failure;
        }
    }

    private Connector.Wire newWire(EngineRequest request) {
        try {
            return connector.wire(address);
        } catch (IOException e) {
            throw new EngineException.Unreachable("No socket for " + request + ": " + e.getMessage(), e);
        }
    }

    /** The rest of an answer. */
    byte[] whole(EngineRequest request, EngineResponse response) {
        try {
            return response.readWhole();
        } catch (IOException e) {
            throw unreachable(request, response.watch(), e);
        }
    }

    /** What an I/O error in the middle of an answer means. */
    EngineException unreachable(EngineRequest request, Watchdog.Watch watch, IOException cause) {
        version = null;
        String what = address.uri() + ", " + request + ": ";
        if (watch.fired()) {
            return new EngineException.Unreachable(
                    "The container engine does not answer in time (" + what + "given up)", cause);
        }
        if (cause instanceof ClosedByInterruptException) {
            return new EngineException.Unreachable(
                    "Interrupted while the container engine was asked (" + what + ")", cause);
        }
        return new EngineException.Unreachable(
                "The container engine does not answer as it should (" + what + cause.getMessage() + ")", cause);
    }

    private String negotiated() {
        String known = version;
        if (known != null) {
            return known;
        }
        JsonNode answer = call(EngineRequest.get("/version"), "");
        int newest = minor(answer.path("ApiVersion").asText());
        int oldest = minor(answer.path("MinAPIVersion").asText());
        if (newest < 0) {
            throw new EngineException.Unreachable(
                    "What answers at " + address.uri() + " is no Docker-compatible container engine", null);
        }
        String negotiated = "/v1." + Math.max(oldest, Math.min(newest, PREFERRED_MINOR));
        version = negotiated;
        return negotiated;
    }

    private static int minor(String apiVersion) {
        return apiVersion.matches("1\\.[0-9]{1,3}") ? Integer.parseInt(apiVersion.substring(2)) : -1;
    }

    private JsonNode parse(EngineRequest request, byte[] body) {
        if (body.length == 0) {
            return MissingNode.getInstance();
        }
        try {
            String text = new String(body, StandardCharsets.UTF_8);
            return text.isBlank() ? MissingNode.getInstance() : JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new EngineException.Unreachable(
                    "The container engine does not answer as it should (" + address.uri() + ", " + request
                            + ": sent something that is not JSON)",
                    e);
        }
    }
}
