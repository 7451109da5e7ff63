package com.mimiry.sessions;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.platform.Money;
import com.mimiry.platform.Timestamps;
import com.mimiry.volumes.SessionVolumes;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A session as the API shows it; see the contract's "session object". */
record SessionJson(
        UUID id,
        String name,
        String state,
        String operation,
        Image image,

        @Schema(type = SchemaType.OBJECT, implementation = Object.class)
        ObjectNode gpu,

        @Nullable String provider,
        @Nullable String location,
        @Nullable String command,

        @JsonRawValue @Schema(type = SchemaType.OBJECT, implementation = Object.class)
        String environmentVars,

        Mode autoTerminate,
        boolean sshEnabled,
        @Nullable Ssh ssh,
        List<SessionVolumes.Mount> volumeMounts,
        BigDecimal hourlyRate,
        String currency,
        BigDecimal cost,
        BigDecimal hold,
        @Nullable Integer exitCode,
        @Nullable String error,
        @Nullable String stopReason,
        @Nullable Long maxDuration,
        @Nullable BigDecimal maxCost,
        UUID orgId,
        UUID userId,
        String createdAt,
        String updatedAt,
        @Nullable String provisionedAt,
        @Nullable String startedAt,
        @Nullable String endedAt,
        @Nullable String terminatedAt,
        List<Event> events) {
    private static final ObjectMapper JSON = new ObjectMapper();

    record Image(String uri) {}

    record Mode(String mode) {}

    /** @param command a command line that works as it is */
    record Ssh(String host, int port, String username, String command) {}

    record Event(String at, String type, String state, String operation, String message) {
        static Event of(SessionEvent event) {
            return new Event(
                    Timestamps.format(event.at()), event.type(), event.state(), event.operation(), event.message());
        }
    }

    /** Without how to log in, and as if it had cost nothing; see {@link #with}. */
    static SessionJson of(Session session, List<SessionVolumes.Mount> volumes, List<SessionEvent> events) {
        Session.Wanted wanted = session.wanted();
        Session.Result result = session.result();
        Session.Times times = session.times();
        boolean shown = session.state().ended();
        return new SessionJson(
                session.id(),
                wanted.name(),
                session.state().text(),
                session.operation().text(),
                new Image(wanted.image()),
                gpu(session),
                session.placement().provider(),
                session.placement().location(),
                wanted.command(),
                wanted.environmentMasked(),
                new Mode(wanted.autoTerminate().text()),
                wanted.sshEnabled(),
                null,
                volumes,
                session.placement().hourlyRate().euros(),
                Money.CURRENCY,
                Money.ZERO.euros(),
                Money.ZERO.euros(),
                session.exitCode(),
                shown && result != null ? result.error() : null,
                shown && result != null && result.stopReason() != null
                        ? result.stopReason().text()
                        : null,
                wanted.maxDuration() == null ? null : wanted.maxDuration().toSeconds(),
                wanted.maxCost() == null ? null : wanted.maxCost().euros(),
                session.organizationId(),
                session.userId(),
                Timestamps.format(times.createdAt()),
                Timestamps.format(times.updatedAt()),
                time(times.provisionedAt()),
                time(times.startedAt()),
                time(times.endedAt()),
                time(times.terminatedAt()),
                events.stream().map(Event::of).toList());
    }

    /** The same as it is seen at a moment: what a row cannot say. */
    SessionJson with(@Nullable Ssh sshNow, Money costNow, Money held) {
        return new SessionJson(
                id,
                name,
                state,
                operation,
                image,
                gpu,
                provider,
                location,
                command,
                environmentVars,
                autoTerminate,
                sshEnabled,
                sshNow,
                volumeMounts,
                hourlyRate,
                currency,
                costNow.euros(),
                held.euros(),
                exitCode,
                error,
                stopReason,
                maxDuration,
                maxCost,
                orgId,
                userId,
                createdAt,
                updatedAt,
                provisionedAt,
                startedAt,
                endedAt,
                terminatedAt,
                events);
    }

    /** The request as it was sent, with what came of it. */
    private static ObjectNode gpu(Session session) {
        ObjectNode gpu;
        try {
            gpu = (ObjectNode) JSON.readTree(session.wanted().gpuRequest());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        gpu.put("type", session.placement().gpuModel());
        gpu.put("count", session.placement().gpuCount());
        return gpu;
    }

    private static @Nullable String time(@Nullable Instant instant) {
        return instant == null ? null : Timestamps.format(instant);
    }
}
