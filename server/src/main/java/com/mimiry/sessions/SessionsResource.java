package com.mimiry.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.api.CurrentRequest;
import com.mimiry.api.Fields;
import com.mimiry.api.Page;
import com.mimiry.api.Queries;
import com.mimiry.catalog.Candidate;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/compute/v1/sessions}. */
@Path(SessionsResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Sessions")
class SessionsResource {
    static final String PATH = "/api/compute/v1/sessions";

    static final List<String> STATES =
            Arrays.stream(SessionState.values()).map(SessionState::text).toList();
    static final List<String> OPERATIONS = Arrays.stream(com.mimiry.sessions.Operation.values())
            .map(com.mimiry.sessions.Operation::primary)
            .filter(primary -> !primary.isEmpty())
            .distinct()
            .toList();
    private static final int EVENTS_TAIL = 20;
    private static final int EVENTS_MAX = 10_000;

    private final Sessions sessions;
    private final SessionViews views;
    private final Callers callers;
    private final CurrentRequest http;
    private final Organizations organizations;

    SessionsResource(
            Sessions sessions, SessionViews views, Callers callers, CurrentRequest http, Organizations organizations) {
        this.sessions = sessions;
        this.views = views;
        this.callers = callers;
        this.http = http;
        this.organizations = organizations;
    }

    @POST
    @Access(Permission.SESSIONS_WRITE)
    @Operation(summary = "Create a session, or with dry_run=true show the candidates for one")
    @APIResponseSchema(value = SessionJson.class, responseCode = "202")
    @APIResponse(
            responseCode = "200",
            description =
                    "With dry_run=true: what would be tried, best first, how that order came about, and which of it"
                            + " can be had now",
            content = @Content(schema = @Schema(implementation = DryRun.class)))
    public Response create(
            @RequestBody(content = @Content(schema = @Schema(implementation = SessionRequestJson.class))) @Nullable JsonNode body,
            @HeaderParam("Idempotency-Key") @Nullable String idempotencyKey,
            @QueryParam("dry_run") @Nullable String dryRun) {
        JsonNode request = Fields.body(body);
        if (Queries.flag("dry_run", dryRun, false)) {
            return Response.ok(DryRun.of(sessions.choices(callers.current(), request)))
                    .build();
        }
        Session session = sessions.create(callers.current(), request, http.idempotencyKey(), http.bodyHash());
        return Response.accepted(views.one(sessions.detail(session.id(), EVENTS_TAIL), http.isLoopback()))
                .header("Location", PATH + "/" + session.id())
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
            @QueryParam("offset") @Nullable String offset) {
        Page page = Page.of(limit, offset);
        SessionFilter filter = new SessionFilter(
                organizations.having(callers.current(), Permission.SESSIONS_READ),
                Queries.csvOf("state", state, STATES),
                Queries.csvOf("state_not", stateNot, STATES),
                Queries.csvOf("operation", operation, OPERATIONS),
                Queries.csvOf("operation_not", operationNot, OPERATIONS),
                Queries.time("updated_after", updatedAfter),
                Queries.time("updated_before", updatedBefore),
                page.limit(),
                page.offset());
        Sessions.Listed listed = sessions.list(filter);
        return new SessionList(
                views.many(listed.sessions(), http.isLoopback()), listed.total(), page.limit(), page.offset());
    }

    @GET
    @Path("/{id}")
    @Access(Permission.SESSIONS_READ)
    @Operation(summary = "A session with its newest events")
    public SessionJson get(@PathParam("id") String id, @QueryParam("events_tail") @Nullable String eventsTail) {
        int tail = (int) Queries.number("events_tail", eventsTail, -1, EVENTS_MAX, EVENTS_TAIL);
        SessionDetail detail =
                sessions.detail(callers.current(), Queries.id("session", id), tail < 0 ? EVENTS_MAX : tail);
        return views.one(detail, http.isLoopback());
    }

    @DELETE
    @Path("/{id}")
    @Access(Permission.SESSIONS_WRITE)
    @Operation(summary = "End a session: 202 the first time, 200 after")
    @APIResponseSchema(value = SessionJson.class, responseCode = "202")
    @APIResponse(
            responseCode = "200",
            description = "Its end had been asked for before",
            content = @Content(schema = @Schema(implementation = SessionJson.class)))
    public Response delete(@PathParam("id") String id) {
        UUID session = Queries.id("session", id);
        Sessions.Deleted deleted = sessions.delete(callers.current(), session);
        return Response.status(deleted.first() ? 202 : 200)
                .entity(views.one(sessions.detail(deleted.session().id(), EVENTS_TAIL), http.isLoopback()))
                .build();
    }

    record SessionList(List<SessionJson> sessions, long total, int limit, int offset) {}

    /**
     * What {@code dry_run=true} answers: what would be tried, best first.
     *
     * @param order how candidates are ordered and how ties are broken, in words
     * @param message why none of them can be had now; null where one can
     */
    record DryRun(String order, @Nullable String message, List<Choice> candidates) {
        static DryRun of(Sessions.Choices choices) {
            List<Choice> ranked = new ArrayList<>();
            for (Sessions.Choice choice : choices.candidates()) {
                ranked.add(Choice.of(ranked.size() + 1, choice));
            }
            return new DryRun(choices.order(), choices.nothingFree(), ranked);
        }

        /**
         * @param rank from 1 on, in the order in which they would be tried
         * @param hourlyRate for all GPUs of the session
         * @param available whether it can be had now, as far as its provider says
         * @param cooling whether it has just failed to become a machine, so that it comes after all others for a while
         */
        record Choice(
                int rank,
                String provider,
                String location,
                String gpu,
                int count,
                BigDecimal hourlyRate,
                BigDecimal hourlyRatePerGpu,
                String currency,
                String machineType,
                boolean available,
                boolean cooling,
                boolean simulated) {
            static Choice of(int rank, Sessions.Choice choice) {
                Candidate candidate = choice.candidate();
                return new Choice(
                        rank,
                        candidate.offer().provider(),
                        candidate.offer().location(),
                        candidate.gpu().name(),
                        candidate.gpuCount(),
                        candidate.hourlyRate().euros(),
                        candidate.hourlyRatePerGpu().euros(),
                        com.mimiry.platform.Money.CURRENCY,
                        candidate.offer().reference(),
                        candidate.isFree(),
                        choice.cooling(),
                        candidate.offer().simulated());
            }
        }
    }
}
