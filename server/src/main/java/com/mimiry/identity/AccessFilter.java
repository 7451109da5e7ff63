package com.mimiry.identity;

import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Puts {@link AccessRules} before every resource. Filters are made before there is a configuration, so it asks late. */
@Singleton
class AccessFilter {
    private final Instance<AccessRules> rules;

    AccessFilter(Instance<AccessRules> rules) {
        this.rules = rules;
    }

    @ServerRequestFilter
    public void check(ContainerRequestContext request, ResourceInfo resource) {
        rules.get().check(request, resource.getResourceMethod());
    }
}
