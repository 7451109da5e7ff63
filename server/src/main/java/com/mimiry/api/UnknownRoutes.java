package com.mimiry.api;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Answers what no route took, in the shape of every other refusal. */
@Singleton
class UnknownRoutes {
    void register(@Observes Router router) {
        router.route().last().handler(UnknownRoutes::notFound);
    }

    private static void notFound(RoutingContext context) {
        Refusals.send(context, FrameworkRefusals.of(404));
    }
}
