package com.mimiry.sessions;

import io.vertx.core.http.HttpServerRequest;

/** Where a request comes from. */
final class Origin {
    private Origin() {}

    /** Whether the client itself, and not only a reverse proxy, is on this machine. */
    static boolean local(HttpServerRequest request) {
        boolean forwarded = request.getHeader("X-Forwarded-For") != null || request.getHeader("Forwarded") != null;
        String address =
                request.remoteAddress() == null ? null : request.remoteAddress().hostAddress();
        boolean loopback = address != null
                && (address.startsWith("127.") || address.equals("0:0:0:0:0:0:0:1") || address.equals("::1"));
        return loopback && !forwarded;
    }
}
