package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import java.lang.reflect.Method;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

/**
 * The one place that decides who may call what. It reads {@link Access} of the matched method; what a role permits in the
 * organization at hand is then for {@link Organizations}, which only the resource can ask, knowing the organization.
 */
@Singleton
class AccessFilter {
    private final Instance<Bearers> bearers;
    private final Instance<RequestRates> rates;
    private final RequestCaller current;

    /** Filters are made while the application is built, long before there is a database: what they need comes later. */
    AccessFilter(Instance<Bearers> bearers, Instance<RequestRates> rates, RequestCaller current) {
        this.bearers = bearers;
        this.rates = rates;
        this.current = current;
    }

    @ServerRequestFilter
    public void check(ContainerRequestContext request, ResourceInfo resource) {
        Permission needed = needed(resource.getResourceMethod());
        if (needed == Permission.PUBLIC) {
            return;
        }
        Caller caller = bearers.get()
                .caller(request.getHeaderString(HttpHeaders.AUTHORIZATION))
                .orElseThrow(RequestCaller::unauthorized);
        rates.get().spend(caller);
        check(caller, needed);
        current.set(caller);
    }

    static void check(Caller caller, Permission needed) {
        if (!caller.scopeAllows(needed)) {
            throw new ApiException(
                    ErrorCode.FORBIDDEN,
                    "This API key has none of the scopes that allow it; its scopes are "
                            + String.join(", ", caller.scopes()) + ".");
        }
        if (needed == Permission.OPERATOR && !caller.operator()) {
            throw new ApiException(ErrorCode.FORBIDDEN, "Only an operator of this server may do this.");
        }
    }

    /** A method without the annotation is nobody's; the architecture test does not let one through. */
    private static Permission needed(@Nullable Method method) {
        Access access = method == null ? null : method.getAnnotation(Access.class);
        return access == null ? Permission.OPERATOR : access.value();
    }
}
