package com.mimiry.identity;

import com.mimiry.api.ApiConfig;
import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.RateLimiter;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import java.lang.reflect.Method;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The one place that decides who may call what. It reads {@link Access} of the matched method; what a role permits in the
 * organization at hand is then for {@link Organizations}, which only the resource can ask, knowing the organization.
 */
@Singleton
class AccessRules {
    private final Bearers bearers;
    private final RequestCaller current;
    private final @Nullable RateLimiter requests;

    AccessRules(Bearers bearers, RequestCaller current, Clock clock, ApiConfig config) {
        this.bearers = bearers;
        this.current = current;
        int rate = config.userRequestsPerSecond();
        this.requests = rate == 0 ? null : new RateLimiter(clock, rate, Duration.ofSeconds(1), 2 * rate);
    }

    /** Lets the request pass and notes its caller, or refuses it. */
    void check(ContainerRequestContext request, @Nullable Method resource) {
        Permission needed = needed(resource);
        if (needed == Permission.PUBLIC) {
            return;
        }
        Caller caller = bearers.caller(request.getHeaderString(HttpHeaders.AUTHORIZATION))
                .orElseThrow(RequestCaller::unauthorized);
        limit(caller);
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

    private void limit(Caller caller) {
        if (requests != null) {
            requests.spend(caller.userId().toString()).ifPresent(wait -> {
                throw RateLimiter.refusal(wait, "Too many requests; slow down.");
            });
        }
    }

    /** A method without the annotation is nobody's; the architecture test does not let one through. */
    private static Permission needed(@Nullable Method method) {
        Access access = method == null ? null : method.getAnnotation(Access.class);
        return access == null ? Permission.OPERATOR : access.value();
    }
}
