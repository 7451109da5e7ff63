package com.mimiry.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** Answers a request where no JAX-RS is at hand. */
final class Refusals {
    private Refusals() {}

    static void send(RoutingContext context, ApiException refusal) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        response.setStatusCode(refusal.code().status()).putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        if (context.request().method().equals(HttpMethod.HEAD)) {
            response.end();
        } else {
            response.end(ErrorBody.json(refusal));
        }
    }
}
