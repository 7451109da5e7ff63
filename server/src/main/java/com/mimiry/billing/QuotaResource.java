package com.mimiry.billing;

import com.mimiry.identity.Access;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
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
                reports.spending(organizationId, caller.userId()).stream()
                        .map(SpendLimitJson::of)
                        .toList());
    }

    record QuotaJson(UUID orgId, UUID userId, List<Quotas.Line> quotas, List<SpendLimitJson> spendLimits) {}

    record SpendLimitJson(String scope, String period, BigDecimal limit, BigDecimal spent, String currency) {
        static SpendLimitJson of(Runway.Spending spending) {
            SpendLimit limit = spending.limit();
            return new SpendLimitJson(
                    limit.scope(),
                    limit.period().text(),
                    limit.limit().euros(),
                    spending.spent().euros(),
                    Money.CURRENCY);
        }
    }
}
