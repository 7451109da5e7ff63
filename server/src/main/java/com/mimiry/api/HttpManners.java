package com.mimiry.api;

import com.mimiry.platform.Ids;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/** What happens to every request before any resource sees it, and to the framework's own refusals. */
@Singleton
class HttpManners {
    static final String REQUEST_ID = "X-Request-Id";
    private static final int BEFORE_EVERYTHING = 10_000;
    private static final int HEADER_BYTES_MAX = 16_384;
    private static final Pattern SANE_REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Pattern OTHER_THAN_JSON =
            Pattern.compile(".*(text/event-stream|text/csv|application/pdf|text/plain).*");

    private final Ids ids;
    private final RequestBodies bodies;

    HttpManners(Ids ids, ApiConfig config) {
        this.ids = ids;
        this.bodies = new RequestBodies(config.bodyBytesMax(), config.bodyTimeout());
    }

    void register(@Observes Filters filters) {
        filters.register(this::handle, BEFORE_EVERYTHING);
    }

    private void handle(RoutingContext context) {
        nameRequest(context);
        try {
            RequestTarget.check(context.request().uri());
            checkHeaders(context.request().headers());
        } catch (ApiException refusal) {
            Refusals.send(context, refusal);
            return;
        }
        if (!context.normalizedPath().startsWith("/api/")) {
            context.next();
            return;
        }
        MultiMap headers = context.request().headers();
        acceptJson(headers);
        if (hasBody(headers)) {
            // Clients that forget the content type, or leave curl's default there, send JSON all the same.
            headers.set(HttpHeaders.CONTENT_TYPE, "application/json");
            bodies.read(context);
        } else {
            // As if an empty JSON body had come: resources take it for an absent one.
            headers.set(HttpHeaders.CONTENT_TYPE, "application/json");
            context.next();
        }
    }

    /** Gives the request its id, and the answer that of the request. */
    String nameRequest(RoutingContext context) {
        String named = requestId(context);
        if (named != null) {
            // A route that sends a request on to another one clears the headers.
            context.response().putHeader(REQUEST_ID, named);
            return named;
        }
        String given = context.request().getHeader(REQUEST_ID);
        String id = given != null && SANE_REQUEST_ID.matcher(given).matches()
                ? given
                : ids.next().toString();
        context.put(REQUEST_ID, id);
        context.response().putHeader(REQUEST_ID, id);
        MDC.put("requestId", id);
        return id;
    }

    static @Nullable String requestId(RoutingContext context) {
        return context.get(REQUEST_ID);
    }

    private static void checkHeaders(MultiMap headers) {
        long bytes = 0;
        for (var header : headers) {
            bytes += header.getKey().length() + header.getValue().length() + 4L;
        }
        if (bytes > HEADER_BYTES_MAX) {
            throw new ApiException(
                    ErrorCode.HEADERS_TOO_LARGE,
                    "The request's headers are larger than " + HEADER_BYTES_MAX + " bytes together; send less.");
        }
    }

    /** Nobody is refused for an odd Accept header; only the few types that some endpoints have besides JSON count. */
    private static void acceptJson(MultiMap headers) {
        String accept = headers.get(HttpHeaders.ACCEPT);
        if (accept == null) {
            return;
        }
        String wanted = accept.toLowerCase(Locale.ROOT);
        if (OTHER_THAN_JSON.matcher(wanted).matches()) {
            headers.set(HttpHeaders.ACCEPT, wanted + ", */*;q=0.01");
        } else {
            headers.remove(HttpHeaders.ACCEPT);
        }
    }

    private static boolean hasBody(MultiMap headers) {
        String length = headers.get(HttpHeaders.CONTENT_LENGTH);
        return headers.contains(HttpHeaders.TRANSFER_ENCODING) || (length != null && !length.equals("0"));
    }
}
