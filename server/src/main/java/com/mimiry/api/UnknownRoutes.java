package com.mimiry.api;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Map;
import org.jboss.logging.Logger;

/** Answers what no route took, and what failed outside JAX-RS, in the shape of every other refusal. */
@Singleton
class UnknownRoutes {
    private static final Logger LOG = Logger.getLogger(UnknownRoutes.class);
    private static final int BEFORE_EVERYTHING = -20_000;

    private final HttpManners manners;

    UnknownRoutes(HttpManners manners) {
        this.manners = manners;
    }

    void register(@Observes Router router) {
        router.route().order(BEFORE_EVERYTHING).failureHandler(this::failed);
        router.route().last().handler(context -> Refusals.send(context, FrameworkRefusals.of(404)));
    }

    private void failed(RoutingContext context) {
        int status = context.statusCode();
        String id = manners.nameRequest(context);
        if (status >= 400 && status < 500) {
            Refusals.send(context, FrameworkRefusals.of(status));
            return;
        }
        LOG.errorf(
                context.failure(),
                "Request failed unexpectedly: path=%s",
                context.request().path());
        Refusals.send(
                context,
                new ApiException(
                        ErrorCode.INTERNAL_ERROR,
                        "Something went wrong in the server; tell its operator the request_id.",
                        Map.of("request_id", id)));
    }
}
