package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Directory;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
import com.mimiry.platform.Timestamps;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** A month's statement as JSON, CSV or PDF. */
@Path("/api/compute/v1/statements")
@RunOnVirtualThread
class StatementsResource {
    private static final Pattern MONTH = Pattern.compile("20\\d\\d-(0[1-9]|1[0-2])");

    private final Callers callers;
    private final Organizations organizations;
    private final Directory directory;
    private final BillingReports reports;

    StatementsResource(Callers callers, Organizations organizations, Directory directory, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.directory = directory;
        this.reports = reports;
    }

    @GET
    @Path("/{month}")
    @Produces({MediaType.APPLICATION_JSON, Formats.CSV, Formats.PDF})
    @Access(Permission.BILLING_READ)
    @APIResponseSchema(value = StatementJson.class, responseCode = "200")
    public Response statement(
            @PathParam("month") String month,
            @QueryParam("org_id") @Nullable String organization,
            @Context HttpHeaders headers) {
        if (!MONTH.matcher(month).matches()) {
            throw ApiException.invalidField("month", "month must be a month such as 2026-05.");
        }
        UUID organizationId = organizations.resolve(callers.current(), organization, Permission.BILLING_READ);
        Statement statement = reports.statement(organizationId, YearMonth.parse(month));
        String file = "statement-" + month;
        return switch (Formats.choose(headers, MediaType.APPLICATION_JSON, Formats.CSV, Formats.PDF)) {
            case Formats.CSV -> Formats.download(csv(statement), Formats.CSV, file + ".csv");
            case Formats.PDF ->
                Formats.download(StatementPdf.of(statement, shown(organizationId)), Formats.PDF, file + ".pdf");
            default ->
                Response.ok(StatementJson.of(statement), MediaType.APPLICATION_JSON)
                        .build();
        };
    }

    private String shown(UUID organizationId) {
        return directory
                .organizationName(organizationId)
                .map(name -> name + " (" + organizationId + ")")
                .orElse(organizationId.toString());
    }

    /** Balances and total have a column of their own: the amounts alone add up. */
    static String csv(Statement statement) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        rows.add(sum("opening", "Balance at the beginning", statement.opening()));
        for (Statement.Line each : statement.lines()) {
            LineJson line = LineJson.of(each);
            rows.add(new @Nullable Object[] {
                Timestamps.format(line.at()),
                line.type(),
                line.description(),
                line.sessionId(),
                line.volumeId(),
                line.seconds(),
                line.amount(),
                null
            });
        }
        rows.add(sum("total", "Total of the month", statement.total()));
        rows.add(sum("closing", "Balance at the end", statement.closing()));
        return Csv.of(
                List.of("at", "type", "description", "session_id", "volume_id", "seconds", "amount", "sum"), rows);
    }

    private static @Nullable Object[] sum(String type, String description, Money amount) {
        return new @Nullable Object[] {null, type, description, null, null, null, null, amount.euros()};
    }

    record StatementJson(
            UUID orgId,
            String month,
            String currency,
            BigDecimal opening,
            BigDecimal total,
            BigDecimal closing,
            List<LineJson> lines) {
        static StatementJson of(Statement statement) {
            return new StatementJson(
                    statement.organizationId(),
                    statement.month().toString(),
                    Money.CURRENCY,
                    statement.opening().euros(),
                    statement.total().euros(),
                    statement.closing().euros(),
                    statement.lines().stream().map(LineJson::of).toList());
        }
    }

    record LineJson(
            Instant at,
            String type,
            String description,
            @Nullable UUID sessionId,
            @Nullable UUID volumeId,
            long seconds,
            BigDecimal amount) {
        static LineJson of(Statement.Line line) {
            return new LineJson(
                    line.at(),
                    line.type(),
                    line.description(),
                    "session".equals(line.resourceKind()) ? line.resourceId() : null,
                    "volume".equals(line.resourceKind()) ? line.resourceId() : null,
                    line.seconds(),
                    line.amount().euros());
        }
    }
}
