package com.mimiry.billing;

import com.mimiry.identity.Access;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What may exist at once and be spent, and how much of it is used. */
@Path("/api/compute/v1/quota")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class QuotaResource {
    private final Callers callers;
    private final Organizations organizations;
    private final BillingReports reports;

    QuotaResource(Callers callers, Organizations organizations, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.reports = reports;
    }

    @GET
    @Access(Permission.BILLING_READ)
    public QuotaJson quota(@QueryParam("org_id") @Nullable String organization) {
        Caller caller = callers.current();
        UUID organizationId = organizations.resolve(caller, organization, Permission.BILLING_READ);
        return new QuotaJson(
                organizationId,
                caller.userId(),
                reports.quotas(organizationId, caller.userId()),
                reports.spendLimits(organizationId, caller.userId()));
    }

    record QuotaJson(UUID orgId, UUID userId, List<QuotaLine> quotas, List<SpendLimitLine> spendLimits) {}
}
