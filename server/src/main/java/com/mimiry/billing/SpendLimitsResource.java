package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.Fields;
import com.mimiry.billing.BillingAdmin.By;
import com.mimiry.identity.Access;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What an organization and its users may spend in a day or month. */
@Path("/api/compute/v1/spend-limits")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class SpendLimitsResource {
    private static final int REASON_LENGTH_MAX = 500;

    private final Callers callers;
    private final Organizations organizations;
    private final OwnSpendLimits limits;
    private final BillingReports reports;

    SpendLimitsResource(Callers callers, Organizations organizations, OwnSpendLimits limits, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.limits = limits;
        this.reports = reports;
    }

    @GET
    @Access(Permission.BILLING_READ)
    public SpendLimitsJson spendLimits(@QueryParam("org_id") @Nullable String organization) {
        return shown(organizations.resolve(callers.current(), organization, Permission.BILLING_READ));
    }

    /** Sets one of the organization's own limits. */
    @PUT
    @Access(Permission.BILLING_WRITE)
    public SpendLimitsJson set(@QueryParam("org_id") @Nullable String organization, @Nullable OwnSpendLimitJson body) {
        Caller caller = callers.current();
        UUID organizationId = organizations.resolve(caller, organization, Permission.BILLING_WRITE);
        OwnSpendLimitJson asked = Fields.body(body);
        SpendLimit.Period period = SpendLimit.Period.parse(Fields.required("period", asked.period()));
        BigDecimal limit = asked.limit();
        UUID userId = asked.userId();
        if (userId != null && limit != null && !organizations.isMember(organizationId, userId)) {
            throw ApiException.invalidField("user_id", "user_id must be a member of the organization.");
        }
        String reason = asked.reason() == null
                ? "set by the organization"
                : Fields.text("reason", asked.reason(), 1, REASON_LENGTH_MAX);
        limits.set(
                new By(caller.email(), organizationId, reason),
                userId,
                period,
                limit == null ? null : Euros.read("limit", limit));
        return shown(organizationId);
    }

    private SpendLimitsJson shown(UUID organizationId) {
        return new SpendLimitsJson(organizationId, reports.spendLimits(organizationId, null), Money.CURRENCY);
    }

    record SpendLimitsJson(UUID orgId, List<SpendLimitLine> spendLimits, String currency) {}

    /**
     * @param period day or month
     * @param limit in euro; null = none of its own
     * @param userId a member; null = the organization as a whole
     * @param reason for the audit log; null = none is given
     */
    record OwnSpendLimitJson(
            @Nullable String period,
            @Nullable BigDecimal limit,
            @Nullable UUID userId,
            @Nullable String reason) {}
}
