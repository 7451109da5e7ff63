package com.mimiry.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/** Turns whatever a resource or the framework throws into the one error shape. */
class ErrorMappers {
    private static final Logger LOG = Logger.getLogger(ErrorMappers.class);

    private final AllowedMethods allowed;

    ErrorMappers(AllowedMethods allowed) {
        this.allowed = allowed;
    }

    @ServerExceptionMapper
    public Response refused(ApiException refusal) {
        return response(refusal);
    }

    @ServerExceptionMapper
    public Response mismatched(MismatchedInputException problem) {
        return response(JsonRefusals.of(problem));
    }

    @ServerExceptionMapper
    public Response unreadable(StreamReadException problem) {
        return response(JsonRefusals.of(problem));
    }

    @ServerExceptionMapper
    public Response framework(WebApplicationException problem, RoutingContext context) {
        for (Throwable cause = problem.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof ApiException refusal) {
                return response(refusal);
            }
            if (cause instanceof JsonProcessingException json) {
                return response(JsonRefusals.of(json));
            }
        }
        Response given = problem.getResponse();
        if (given.getStatus() < 400) {
            return given;
        }
        if (given.getStatus() >= 500) {
            return unexpected(problem, context);
        }
        Response answer = response(FrameworkRefusals.of(given.getStatus()));
        return given.getStatus() != 405
                ? answer
                : Response.fromResponse(answer)
                        .header(HttpHeaders.ALLOW, allowed.of(context.normalizedPath()))
                        .build();
    }

    /** The framework names the methods of all addresses that begin like this one. */
    @ServerResponseFilter
    public void options(ContainerRequestContext request, ContainerResponseContext answer, RoutingContext context) {
        if (request.getMethod().equals(HttpMethod.OPTIONS) && answer.getStatus() == 200) {
            answer.getHeaders().putSingle(HttpHeaders.ALLOW, allowed.of(context.normalizedPath()));
        }
    }

    @ServerExceptionMapper
    public Response unexpected(Throwable problem, RoutingContext context) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("request_id", HttpManners.requestId(context));
        LOG.errorf(
                problem,
                "Request failed unexpectedly: method=%s path=%s",
                context.request().method(),
                context.request().path());
        return response(new ApiException(
                ErrorCode.INTERNAL_ERROR,
                "Something went wrong in the server; tell its operator the request_id.",
                details));
    }

    private static Response response(ApiException refusal) {
        Response.ResponseBuilder answer = Response.status(refusal.code().status())
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(ErrorBody.json(refusal));
        if (refusal.details().get("retry_after_seconds") instanceof Number seconds) {
            answer.header(HttpHeaders.RETRY_AFTER, seconds);
        }
        if (refusal.code() == ErrorCode.UNAUTHORIZED) {
            answer.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        return answer.build();
    }
}
