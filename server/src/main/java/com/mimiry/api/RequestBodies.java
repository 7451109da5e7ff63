package com.mimiry.api;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import java.time.Duration;

/** Reads bodies whole, within bounds, before any thread is spent on them. All on the request's event loop. */
final class RequestBodies {
    /** What is read and thrown away after a refusal, so that the client gets to see the answer before a reset. */
    private static final long DRAIN_BYTES_MAX = 64L * 1024 * 1024;

    private final int bytesMax;
    private final Duration timeout;

    RequestBodies(int bytesMax, Duration timeout) {
        this.bytesMax = bytesMax;
        this.timeout = timeout;
    }

    void read(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (announced(request) > bytesMax) {
            new Reading(context).refuse(tooLarge());
            return;
        }
        new Reading(context).begin();
        if (request.headers().contains(HttpHeaders.EXPECT)) {
            request.response().writeContinue();
        }
    }

    private ApiException tooLarge() {
        return new ApiException(
                ErrorCode.PAYLOAD_TOO_LARGE, "The request's body is larger than " + bytesMax + " bytes; send less.");
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** One body on its way in. */
    private final class Reading {
        private final RoutingContext context;
        private final Buffer body = Buffer.buffer();
        private long received;
        private boolean refused;
        private long timer = -1;

        Reading(RoutingContext context) {
            this.context = context;
        }

        void begin() {
            Vertx vertx = context.vertx();
            timer = vertx.setTimer(timeout.toMillis(), _ -> refuse(slow()));
            context.request().exceptionHandler(_ -> vertx.cancelTimer(timer));
            context.request().handler(this::chunk).endHandler(_ -> end());
            context.request().resume();
        }

        void refuse(ApiException refusal) {
            refused = true;
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
            context.request().handler(this::chunk).endHandler(_ -> {});
            context.request().resume();
            Refusals.send(context, refusal);
        }

        private ApiException slow() {
            return new ApiException(
                    ErrorCode.REQUEST_TIMEOUT,
                    "The request's body did not arrive within " + timeout.toSeconds() + " s.");
        }

        private void chunk(Buffer chunk) {
            received += chunk.length();
            if (refused) {
                if (received > DRAIN_BYTES_MAX) {
                    context.request().connection().close();
                }
            } else if (received > bytesMax) {
                context.vertx().cancelTimer(timer);
                refuse(tooLarge());
            } else {
                body.appendBuffer(chunk);
            }
        }

        private void end() {
            if (refused) {
                return;
            }
            context.vertx().cancelTimer(timer);
            try {
                JsonText.check(body.getBytes());
            } catch (ApiException refusal) {
                Refusals.send(context, refusal);
                return;
            }
            ((RoutingContextInternal) context).setBody(body);
            context.next();
        }
    }
}
