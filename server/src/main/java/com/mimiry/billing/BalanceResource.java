package com.mimiry.billing;

import com.mimiry.api.Queries;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Directory;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How much money is there, and how long it lasts. */
@Path("/api/compute/v1/balance")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class BalanceResource {
    private final Callers callers;
    private final Organizations organizations;
    private final Directory directory;
    private final BillingReports reports;

    BalanceResource(Callers callers, Organizations organizations, Directory directory, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.directory = directory;
        this.reports = reports;
    }

    @GET
    @Access(Permission.BILLING_READ)
    public BalanceJson balance(@QueryParam("org_id") @Nullable String organization) {
        return ofOrganization(organization);
    }

    @GET
    @Path("/org/{organization}")
    @Access(Permission.BILLING_READ)
    public BalanceJson organizationBalance(@PathParam("organization") String organization) {
        return ofOrganization(organization);
    }

    /** The organization's money with one user's burn rate; the user is a member, or somebody who has used something. */
    @GET
    @Path("/user/{user}")
    @Access(Permission.BILLING_READ)
    public BalanceJson userBalance(
            @PathParam("user") String user, @QueryParam("org_id") @Nullable String organization) {
        UUID organizationId = organizations.resolve(callers.current(), organization, Permission.BILLING_READ);
        UUID userId = directory
                .user(user)
                .filter(id -> organizations.isMember(organizationId, id) || reports.hasUsed(organizationId, id))
                .orElseThrow(() -> Queries.notFound("user"));
        return json(organizationId, userId);
    }

    private BalanceJson ofOrganization(@Nullable String organization) {
        return json(organizations.resolve(callers.current(), organization, Permission.BILLING_READ), null);
    }

    private BalanceJson json(UUID organizationId, @Nullable UUID userId) {
        BillingReports.Overview overview = reports.overview(organizationId, userId);
        return new BalanceJson(
                overview.balance().euros(),
                Money.CURRENCY,
                overview.reserved().euros(),
                overview.available().euros(),
                overview.burn().euros(),
                overview.runwayHours(),
                overview.depletedAt(),
                organizationId,
                userId,
                overview.suspended(),
                overview.events().stream().map(EventJson::of).toList());
    }

    record BalanceJson(
            BigDecimal balance,
            String currency,
            BigDecimal reserved,
            BigDecimal available,
            BigDecimal burnRatePerHour,
            @Nullable BigDecimal runwayHours,
            @Nullable Instant depletedAt,
            UUID orgId,
            @Nullable UUID userId,
            boolean suspended,
            List<EventJson> events) {}

    record EventJson(Instant at, String type, BigDecimal mark, BigDecimal balance) {
        static EventJson of(ReportStore.BillingEvent event) {
            return new EventJson(
                    event.at(),
                    event.type(),
                    event.mark().euros(),
                    event.balance().euros());
        }
    }
}
