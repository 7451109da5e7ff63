package com.mimiry.billing;

import com.mimiry.api.Queries;
import com.mimiry.billing.ReportStore.UsageLine;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
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
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** What was used, by user, session, GPU or day. */
@Path("/api/compute/v1/usage")
@RunOnVirtualThread
class UsageResource {
    private static final List<String> GROUPS = List.of("day", "user", "session", "gpu");

    private final Callers callers;
    private final Organizations organizations;
    private final BillingReports reports;

    UsageResource(Callers callers, Organizations organizations, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.reports = reports;
    }

    @GET
    @Produces({MediaType.APPLICATION_JSON, Formats.CSV})
    @Access(Permission.BILLING_READ)
    @APIResponseSchema(value = UsageJson.class, responseCode = "200")
    public Response usage(
            @QueryParam("group_by") @Nullable String groupBy,
            @QueryParam("org_id") @Nullable String organization,
            @QueryParam("from") @Nullable String from,
            @QueryParam("to") @Nullable String to,
            @Context HttpHeaders headers) {
        UUID organizationId = organizations.resolve(callers.current(), organization, Permission.BILLING_READ);
        String group =
                Queries.csvOf("group_by", groupBy, GROUPS).stream().findFirst().orElse("day");
        Days days = Days.of(from, to, reports.today());
        List<UsageLine> lines = reports.usage(organizationId, group, days.first(), days.last());
        if (Formats.choose(headers, MediaType.APPLICATION_JSON, Formats.CSV).equals(Formats.CSV)) {
            return Formats.download(csv(group, lines), Formats.CSV, "usage.csv");
        }
        Money total = lines.stream().map(UsageLine::charged).reduce(Money.ZERO, Money::plus);
        UsageJson answer = new UsageJson(
                group,
                days.first(),
                days.last(),
                lines.stream().map(line -> GroupJson.of(group, line)).toList(),
                total.euros(),
                Money.CURRENCY);
        return Response.ok(answer, MediaType.APPLICATION_JSON).build();
    }

    private static String csv(String group, List<UsageLine> lines) {
        return Csv.of(
                List.of(group, "kind", "seconds", "gpu_seconds", "cost"),
                lines.stream()
                        .map(line -> new @Nullable Object[] {
                            line.key(),
                            kind(group, line),
                            line.seconds(),
                            line.gpuSeconds(),
                            line.charged().euros()
                        })
                        .toList());
    }

    /** @param to the last day, included */
    record UsageJson(
            String groupBy, LocalDate from, LocalDate to, List<GroupJson> usage, BigDecimal total, String currency) {}

    private static @Nullable String kind(String group, UsageLine line) {
        return group.equals("session") ? line.resourceKind() : null;
    }

    /**
     * @param key the day, the user's, session's or volume's id, or the GPU family ("" = none)
     * @param kind session or volume, where each line is one of them; else null
     */
    record GroupJson(String key, @Nullable String kind, long seconds, long gpuSeconds, BigDecimal cost) {
        static GroupJson of(String group, UsageLine line) {
            return new GroupJson(
                    line.key(),
                    UsageResource.kind(group, line),
                    line.seconds(),
                    line.gpuSeconds(),
                    line.charged().euros());
        }
    }
}
