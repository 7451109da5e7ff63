package com.mimiry.api;

import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** What a resource may want to know of the HTTP request being served beyond its parameters. */
@Singleton
public class CurrentRequest {
    private static final int IDEMPOTENCY_KEY_LENGTH_MAX = 255;

    private final CurrentVertxRequest request;

    CurrentRequest(CurrentVertxRequest request) {
        this.request = request;
    }

    /** The id that the answer carries as {@code X-Request-Id}. */
    public String id() {
        return String.valueOf(HttpManners.requestId(context()));
    }

    /** The address of the client, as text; "" where unknown. */
    public String remoteAddress() {
        return host(context().request().remoteAddress());
    }

    /** Whether the client is on this machine and reached us by a loopback address. */
    public boolean isLoopback() {
        boolean forwarded = context().request().getHeader("X-Forwarded-For") != null
                || context().request().getHeader("Forwarded") != null;
        return !forwarded
                && isLoopback(host(context().request().remoteAddress()))
                && isLoopback(host(context().request().localAddress()));
    }

    /**
     * The {@code Idempotency-Key} header.
     *
     * @return null where there is none
     * @throws ApiException 422 where it is not 1 to 255 characters long
     */
    public @Nullable String idempotencyKey() {
        String key = context().request().getHeader("Idempotency-Key");
        if (key == null) {
            return null;
        }
        if (key.isBlank() || key.length() > IDEMPOTENCY_KEY_LENGTH_MAX) {
            throw ApiException.invalidField(
                    "Idempotency-Key", "Idempotency-Key must have 1 to " + IDEMPOTENCY_KEY_LENGTH_MAX + " characters.");
        }
        return key;
    }

    /** SHA-256 of the JSON body, the same whatever its member order and white space. */
    public String bodyHash() {
        Buffer body = context().body().buffer();
        return CanonicalJson.sha256(body == null ? new byte[0] : body.getBytes());
    }

    private RoutingContext context() {
        return request.getCurrent();
    }

    private static String host(@Nullable SocketAddress address) {
        String host = address == null ? null : address.hostAddress();
        return host == null ? "" : host;
    }

    /** @param host an address in figures, as connections have it; names are never looked up */
    private static boolean isLoopback(String host) {
        return host.startsWith("127.") || host.equals("::1") || host.equals("0:0:0:0:0:0:0:1");
    }
}
