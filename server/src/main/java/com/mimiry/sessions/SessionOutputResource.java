package com.mimiry.sessions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.api.ApiException;
import com.mimiry.api.CurrentRequest;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.EventStream;
import com.mimiry.api.EventStreams;
import com.mimiry.api.Queries;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Permission;
import com.mimiry.logs.SessionLogs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What a session prints and what happens to it, to be read or followed. */
@Path(SessionsResource.PATH)
@RunOnVirtualThread
@Tag(name = "Sessions")
class SessionOutputResource {
    private static final int RETRY_AFTER_S = 2;
    private static final int TAIL_MAX = 10_000;
    private static final Duration EVENTS_POLL = Duration.ofMillis(250);

    private final Sessions sessions;
    private final SessionViews views;
    private final SessionLogs logs;
    private final Callers callers;
    private final CurrentRequest http;
    private final EventStreams streams;
    private final ObjectMapper json;

    SessionOutputResource(
            Sessions sessions,
            SessionViews views,
            SessionLogs logs,
            Callers callers,
            CurrentRequest http,
            EventStreams streams,
            ObjectMapper json) {
        this.sessions = sessions;
        this.views = views;
        this.logs = logs;
        this.callers = callers;
        this.http = http;
        this.streams = streams;
        this.json = json;
    }

    @GET
    @Path("/{id}/logs")
    @Produces(MediaType.APPLICATION_JSON)
    @Access(Permission.SESSIONS_READ)
    @Operation(summary = "What the session's container printed")
    public Logs logs(
            @PathParam("id") String id,
            @QueryParam("tail") @Nullable String tail,
            @QueryParam("since") @Nullable String since,
            @QueryParam("timestamps") @Nullable String timestamps) {
        Session session = sessions.get(callers.current(), Queries.id("session", id));
        requireOutput(session);
        Integer lines = tail == null || tail.isBlank() ? null : lines(tail);
        boolean stamped = Queries.flag("timestamps", timestamps, true);
        return new Logs(logs.read(session.id(), since, lines, stamped).text());
    }

    record Logs(String logs) {}

    /** More than there can be is no mistake: it means as many as possible. */
    private static int lines(String tail) {
        boolean beyondLong = tail.strip().matches("[0-9]{19,}");
        return beyondLong ? TAIL_MAX : (int) Math.min(TAIL_MAX, Queries.number("tail", tail, 0, Long.MAX_VALUE, 0));
    }

    private static void requireOutput(Session session) {
        if (session.times().startedAt() != null) {
            return;
        }
        requireNoEndWithoutOutput(session);
        throw new ApiException(
                ErrorCode.VM_SETUP_IN_PROGRESS,
                "The machine is still being set up (%s); try again in %d s."
                        .formatted(session.operation().text(), RETRY_AFTER_S),
                Map.of(
                        "retry_after_seconds",
                        RETRY_AFTER_S,
                        "state",
                        session.state().text()));
    }

    private static void requireNoEndWithoutOutput(Session session) {
        if (session.times().startedAt() == null && session.state().ended()) {
            throw new ApiException(
                    ErrorCode.INVALID_STATE,
                    "This session never ran, so it has no logs; GET the session tells why.",
                    Map.of("state", session.state().text()));
        }
    }

    @GET
    @Path("/{id}/logs/stream")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Access(Permission.SESSIONS_READ)
    @Operation(
            summary = "The same as it is printed, as server-sent events: each line an event whose id is its timestamp",
            description =
                    "A line that holds carriage returns has several data fields: join them with carriage returns.")
    public Response followLogs(
            @PathParam("id") String id,
            @QueryParam("since") @Nullable String since,
            @QueryParam("timestamps") @Nullable String timestamps,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        Session found = sessions.get(callers.current(), Queries.id("session", id));
        requireNoEndWithoutOutput(found);
        UUID session = found.id();
        boolean stamped = Queries.flag("timestamps", timestamps, true);
        String from = lastEventId == null || lastEventId.isBlank() ? since : lastEventId;
        if (from != null && !from.isBlank()) {
            logs.read(session, from, 0, true);
        }
        return streams.answer(stream -> followLogs(stream, session, from, stamped));
    }

    private void followLogs(EventStream stream, UUID id, @Nullable String from, boolean stamped)
            throws InterruptedException {
        while (stream.isOpen() && sessions.reload(id).times().startedAt() == null) {
            if (sessions.reload(id).state().ended()) {
                break;
            }
            stream.pause(EVENTS_POLL);
        }
        logs.follow(
                id,
                from,
                line -> stream.emit(
                        line.timestamp(), "log", stamped ? line.timestamp() + " " + line.text() : line.text()),
                () -> !stream.isOpen() || sessions.reload(id).state().ended());
        stream.emit(null, "end", "{}");
    }

    @GET
    @Path("/{id}/events/stream")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Access(Permission.SESSIONS_READ)
    @Operation(summary = "What happens to the session, as server-sent events: first the session, then each event")
    public Response followEvents(
            @PathParam("id") String id, @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        Session session = sessions.get(callers.current(), Queries.id("session", id));
        long last = Queries.number("Last-Event-ID", lastEventId, 0, Long.MAX_VALUE, 0);
        boolean local = http.isLoopback();
        return streams.answer(stream -> followEvents(stream, session.id(), last, local));
    }

    private void followEvents(EventStream stream, UUID id, long after, boolean local) throws InterruptedException {
        long last = after;
        long version = -1;
        while (stream.isOpen()) {
            Session session = sessions.reload(id);
            for (SessionEvent event : sessions.eventsAfter(id, last)) {
                stream.emit(Long.toString(event.seq()), "event", text(SessionJson.Event.of(event)));
                last = event.seq();
            }
            if (session.version() != version) {
                stream.emit(null, "session", text(views.withoutEvents(session, local)));
                version = session.version();
            }
            if (session.atRest()) {
                stream.emit(null, "end", "{}");
                return;
            }
            stream.pause(EVENTS_POLL);
        }
    }

    private String text(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
