package com.mimiry.billing;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.mimiry.api.ApiException;
import com.mimiry.api.Queries;
import com.mimiry.billing.ReportStore.LedgerLine;
import com.mimiry.billing.ReportStore.LineFilter;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Timestamps;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** Everything that changed a balance, newest first. */
@Path("/api/compute/v1/transactions")
@RunOnVirtualThread
class TransactionsResource {
    private static final List<String> TYPES = List.of("credit", "refund", "adjustment", "usage", "correction");
    private static final int JSON_LIMIT_DEFAULT = 50;
    private static final int JSON_LIMIT_MAX = 1_000;
    private static final int CSV_LIMIT_MAX = 10_000;

    private final Callers callers;
    private final Organizations organizations;
    private final BillingReports reports;

    TransactionsResource(Callers callers, Organizations organizations, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.reports = reports;
    }

    @GET
    @Produces({MediaType.APPLICATION_JSON, Formats.CSV})
    @Access(Permission.BILLING_READ)
    @APIResponseSchema(value = PageJson.class, responseCode = "200")
    public Response transactions(
            @QueryParam("org_id") @Nullable String organization,
            @QueryParam("limit") @Nullable String limitText,
            @QueryParam("offset") @Nullable String offsetText,
            @QueryParam("type") @Nullable String type,
            @QueryParam("from") @Nullable String fromText,
            @QueryParam("to") @Nullable String toText,
            @QueryParam("session_id") @Nullable String sessionId,
            @QueryParam("volume_id") @Nullable String volumeId,
            @Context HttpHeaders headers) {
        UUID organizationId = organizations.resolve(callers.current(), organization, Permission.BILLING_READ);
        boolean csv =
                Formats.choose(headers, MediaType.APPLICATION_JSON, Formats.CSV).equals(Formats.CSV);
        int max = csv ? CSV_LIMIT_MAX : JSON_LIMIT_MAX;
        int limit = (int) Queries.number("limit", limitText, 1, max, csv ? max : JSON_LIMIT_DEFAULT);
        int offset = (int) Queries.number("offset", offsetText, 0, Integer.MAX_VALUE, 0);
        LineFilter filter = filter(type, fromText, toText, resource(sessionId, volumeId));
        BillingReports.Lines found = reports.transactions(organizationId, filter, limit, offset);
        if (csv) {
            return Formats.download(csv(found.lines()), Formats.CSV, "transactions.csv");
        }
        List<TransactionJson> shown =
                found.lines().stream().map(TransactionJson::of).toList();
        return Response.ok(new PageJson(shown, found.total(), limit, offset), MediaType.APPLICATION_JSON)
                .build();
    }

    private static LineFilter filter(
            @Nullable String type, @Nullable String fromText, @Nullable String toText, @Nullable UUID resourceId) {
        Instant from = Queries.time("from", fromText);
        Instant to = Queries.time("to", toText);
        return new LineFilter(
                Queries.csvOf("type", type, TYPES),
                from == null ? LineFilter.EVER : from,
                to == null ? LineFilter.NEVER : to,
                resourceId);
    }

    private static @Nullable UUID resource(@Nullable String sessionId, @Nullable String volumeId) {
        if (sessionId != null && volumeId != null) {
            throw ApiException.invalidField("volume_id", "Filter by session_id or by volume_id, not by both.");
        }
        if (sessionId != null) {
            return id("session_id", sessionId);
        }
        return volumeId == null ? null : id("volume_id", volumeId);
    }

    private static UUID id(String name, String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalidField(name, name + " must be a UUID.");
        }
    }

    private static String csv(List<LedgerLine> lines) {
        return Csv.of(
                List.of("id", "at", "type", "amount", "balance_after", "description", "session_id", "volume_id"),
                lines.stream()
                        .map(TransactionJson::of)
                        .map(line -> new @Nullable Object[] {
                            line.id(),
                            Timestamps.format(line.at()),
                            line.type(),
                            line.amount(),
                            line.balanceAfter(),
                            line.description(),
                            line.sessionId(),
                            line.volumeId()
                        })
                        .toList());
    }

    record PageJson(List<TransactionJson> transactions, long total, int limit, int offset) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record TransactionJson(
            UUID id,
            Instant at,
            String type,
            BigDecimal amount,
            BigDecimal balanceAfter,
            String description,
            @Nullable UUID sessionId,
            @Nullable UUID volumeId,
            @Nullable Instant usedFrom,
            @Nullable Instant usedTo) {
        static TransactionJson of(LedgerLine line) {
            return new TransactionJson(
                    line.id(),
                    line.at(),
                    line.kind(),
                    line.amount().euros(),
                    line.balanceAfter().euros(),
                    line.description(),
                    "session".equals(line.resourceKind()) ? line.resourceId() : null,
                    "volume".equals(line.resourceKind()) ? line.resourceId() : null,
                    line.usedFrom(),
                    line.usedTo());
        }
    }
}
