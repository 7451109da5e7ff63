package com.mimiry.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.catalog.Candidate;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/compute/v1/sessions}. */
@Path("/api/compute/v1/sessions")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Sessions")
class SessionsResource {
    private static final int IDEMPOTENCY_KEY_MAX = 255;
    private static final int EVENTS_TAIL = 20;
    private static final int EVENTS_MAX = 10_000;

    private final Sessions sessions;
    private final SessionViews views;
    private final Callers callers;
    private final Organizations organizations;

    SessionsResource(Sessions sessions, SessionViews views, Callers callers, Organizations organizations) {
        this.sessions = sessions;
        this.views = views;
        this.callers = callers;
        this.organizations = organizations;
    }

    @POST
    @Access(Permission.SESSIONS_WRITE)
    @Operation(summary = "Create a session, or with dry_run=true show the candidates for one")
    public Response create(
            @Nullable JsonNode body,
            @HeaderParam("Idempotency-Key") @Nullable String idempotencyKey,
            @QueryParam("dry_run") @Nullable String dryRun,
            @Context HttpServerRequest request) {
        if (body == null) {
            throw new ApiException(ErrorCode.MALFORMED_JSON, "The body is empty; send a JSON object.");
        }
        if (idempotencyKey != null && (idempotencyKey.isBlank() || idempotencyKey.length() > IDEMPOTENCY_KEY_MAX)) {
            throw ApiException.invalidField("Idempotency-Key", "Idempotency-Key must have 1 to 255 characters.");
        }
        if (SessionQuery.flag("dry_run", dryRun)) {
            return Response.ok(DryRun.of(sessions.candidates(callers.current(), body)))
                    .build();
        }
        Session session = sessions.create(callers.current(), body, idempotencyKey);
        return Response.accepted(views.one(session, EVENTS_TAIL, Origin.local(request)))
                .header("Location", "/api/compute/v1/sessions/" + session.id())
                .build();
    }

    @GET
    @Access(Permission.SESSIONS_READ)
    @Operation(summary = "List sessions, newest first")
    public SessionList list(
            @QueryParam("state") @Nullable String state,
            @QueryParam("state_not") @Nullable String stateNot,
            @QueryParam("operation") @Nullable String operation,
            @QueryParam("operation_not") @Nullable String operationNot,
            @QueryParam("updated_after") @Nullable String updatedAfter,
            @QueryParam("updated_before") @Nullable String updatedBefore,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset,
            @Context HttpServerRequest request) {
        SessionFilter filter = new SessionFilter(
                organizations.having(callers.current(), Permission.SESSIONS_READ),
                SessionQuery.states("state", state),
                SessionQuery.states("state_not", stateNot),
                SessionQuery.operations("operation", operation),
                SessionQuery.operations("operation_not", operationNot),
                SessionQuery.time("updated_after", updatedAfter),
                SessionQuery.time("updated_before", updatedBefore),
                SessionQuery.whole("limit", limit, 50, 1, 100),
                SessionQuery.whole("offset", offset, 0, 0, Integer.MAX_VALUE));
        Sessions.Page page = sessions.list(filter);
        return new SessionList(
                views.many(page.sessions(), Origin.local(request)), page.total(), filter.limit(), filter.offset());
    }

    @GET
    @Path("/{id}")
    @Access(Permission.SESSIONS_READ)
    @Operation(summary = "A session with its newest events")
    public SessionJson get(
            @PathParam("id") String id,
            @QueryParam("events_tail") @Nullable String eventsTail,
            @Context HttpServerRequest request) {
        int tail = SessionQuery.whole("events_tail", eventsTail, EVENTS_TAIL, -1, EVENTS_MAX);
        Session session = sessions.get(callers.current(), SessionQuery.id(id));
        return views.one(session, tail < 0 ? EVENTS_MAX : tail, Origin.local(request));
    }

    @DELETE
    @Path("/{id}")
    @Access(Permission.SESSIONS_WRITE)
    @Operation(summary = "End a session: 202 the first time, 200 after")
    public Response delete(@PathParam("id") String id, @Context HttpServerRequest request) {
        UUID session = SessionQuery.id(id);
        Sessions.Deleted deleted = sessions.delete(callers.current(), session);
        return Response.status(deleted.first() ? 202 : 200)
                .entity(views.one(deleted.session(), EVENTS_TAIL, Origin.local(request)))
                .build();
    }

    record SessionList(List<SessionJson> sessions, long total, int limit, int offset) {}

    /** What {@code dry_run=true} answers: what would be tried, best first. */
    record DryRun(List<Choice> candidates) {
        static DryRun of(List<Candidate> candidates) {
            return new DryRun(candidates.stream().map(Choice::of).toList());
        }

        /** @param hourlyRate for all GPUs of the session */
        record Choice(
                String provider,
                String location,
                String gpu,
                int count,
                BigDecimal hourlyRate,
                String currency,
                String machineType,
                boolean simulated) {
            static Choice of(Candidate candidate) {
                return new Choice(
                        candidate.offer().provider(),
                        candidate.offer().location(),
                        candidate.gpu().name(),
                        candidate.gpuCount(),
                        candidate.hourlyRate().euros(),
                        com.mimiry.platform.Money.CURRENCY,
                        candidate.offer().reference(),
                        candidate.offer().simulated());
            }
        }
    }
}
