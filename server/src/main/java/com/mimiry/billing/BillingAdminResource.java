package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.Fields;
import com.mimiry.api.Page;
import com.mimiry.api.Queries;
import com.mimiry.billing.BillingAdmin.Booking;
import com.mimiry.billing.BillingAdmin.By;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The operator's hands on money and limits. */
@Path("/api/compute/v1/admin/billing")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class BillingAdminResource {
    private static final int REFERENCE_LENGTH_MAX = 200;

    private final Callers callers;
    private final Organizations organizations;
    private final BillingAdmin admin;
    private final BillingReports reports;

    BillingAdminResource(Callers callers, Organizations organizations, BillingAdmin admin, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.admin = admin;
        this.reports = reports;
    }

    @POST
    @Path("/organizations/{organization}/credit")
    @Access(Permission.OPERATOR)
    public BookingJson credit(@PathParam("organization") String organization, @Nullable MoneyJson body) {
        MoneyJson asked = Fields.body(body);
        return BookingJson.of(admin.credit(by(organization, asked.reason()), asked.money(), asked.checkedReference()));
    }

    @POST
    @Path("/organizations/{organization}/refund")
    @Access(Permission.OPERATOR)
    public BookingJson refund(@PathParam("organization") String organization, @Nullable MoneyJson body) {
        MoneyJson asked = Fields.body(body);
        UUID resource = asked.resource();
        return BookingJson.of(
                admin.refund(by(organization, asked.reason()), asked.money(), resource, asked.checkedReference()));
    }

    @POST
    @Path("/organizations/{organization}/adjust")
    @Access(Permission.OPERATOR)
    public BookingJson adjust(@PathParam("organization") String organization, @Nullable MoneyJson body) {
        MoneyJson asked = Fields.body(body);
        return BookingJson.of(admin.adjust(by(organization, asked.reason()), asked.money(), asked.checkedReference()));
    }

    @PUT
    @Path("/organizations/{organization}/quota")
    @Access(Permission.OPERATOR)
    public List<QuotaLine> setQuota(@PathParam("organization") String organization, @Nullable QuotaJson body) {
        QuotaJson asked = Fields.body(body);
        By by = by(organization, asked.reason());
        if (asked.limit() != null) {
            requireMember(by.organizationId(), asked.userId());
        }
        admin.setQuota(by, asked.userId(), Fields.text("name", asked.name(), 1, 64), asked.limit());
        return admin.quotas(by.organizationId(), asked.userId());
    }

    @GET
    @Path("/organizations/{organization}/quota")
    @Access(Permission.OPERATOR)
    public List<QuotaLine> quota(
            @PathParam("organization") String organization, @QueryParam("user_id") @Nullable String user) {
        return admin.quotas(known(organization), user == null ? null : Queries.id("user", user));
    }

    @PUT
    @Path("/organizations/{organization}/spend-limit")
    @Access(Permission.OPERATOR)
    public SpendLimitJson setSpendLimit(@PathParam("organization") String organization, @Nullable SpendLimitJson body) {
        SpendLimitJson asked = Fields.body(body);
        By by = by(organization, asked.reason());
        BigDecimal limit = asked.limit();
        if (limit != null) {
            requireMember(by.organizationId(), asked.userId());
        }
        admin.setSpendLimit(
                by,
                asked.userId(),
                Fields.required("period", asked.period()),
                limit == null ? null : Euros.read("limit", limit));
        return asked;
    }

    /** Of the organization and of its users, whoever set them. */
    @GET
    @Path("/organizations/{organization}/spend-limit")
    @Access(Permission.OPERATOR)
    public List<SpendLimitLine> spendLimits(@PathParam("organization") String organization) {
        return admin.spendLimits(known(organization));
    }

    @GET
    @Path("/audit")
    @Access(Permission.OPERATOR)
    public AuditJson audit(
            @QueryParam("org_id") @Nullable String organization,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset) {
        Page page = Page.of(limit, offset);
        UUID organizationId = organization == null ? null : Queries.id("organization", organization);
        return new AuditJson(admin.audit(organizationId, page.limit(), page.offset()), page.limit(), page.offset());
    }

    @GET
    @Path("/check")
    @Access(Permission.OPERATOR)
    public CheckJson check() {
        List<String> faults = admin.faults();
        return new CheckJson(faults.isEmpty(), faults);
    }

    @GET
    @Path("/margins")
    @Access(Permission.OPERATOR)
    public List<MarginJson> margins(@QueryParam("from") @Nullable String from, @QueryParam("to") @Nullable String to) {
        Days days = Days.of(from, to, reports.today());
        return reports.margins(days.first(), days.last()).stream()
                .map(MarginJson::of)
                .toList();
    }

    private By by(String organization, @Nullable String reason) {
        return new By(callers.current().email(), known(organization), Fields.text("reason", reason, 1, 500));
    }

    private UUID known(String organization) {
        UUID id = Queries.id("organization", organization);
        organizations.requireKnown(id);
        return id;
    }

    private void requireMember(UUID organizationId, @Nullable UUID userId) {
        if (userId != null && !organizations.isMember(organizationId, userId)) {
            throw ApiException.invalidField("user_id", "user_id must be a member of the organization.");
        }
    }

    /** @param reference the same reference is booked only once; null = always */
    record MoneyJson(
            @Nullable BigDecimal amount,
            @Nullable String reason,
            @Nullable String reference,
            @Nullable UUID sessionId,
            @Nullable UUID volumeId) {
        @Nullable UUID resource() {
            if (sessionId != null && volumeId != null) {
                throw ApiException.invalidField(
                        "volume_id",
                        "A refund is for a session or for a volume: give session_id or volume_id, not both.");
            }
            return sessionId == null ? volumeId : sessionId;
        }

        Money money() {
            return Euros.read("amount", Fields.required("amount", amount));
        }

        @Nullable String checkedReference() {
            return reference == null ? null : Fields.text("reference", reference, 1, REFERENCE_LENGTH_MAX);
        }
    }

    record BookingJson(UUID transactionId, BigDecimal balance, String currency) {
        static BookingJson of(Booking booking) {
            return new BookingJson(booking.transactionId(), booking.balance().euros(), Money.CURRENCY);
        }
    }

    /** @param limit null = the default again */
    record QuotaJson(
            @Nullable String name,
            @Nullable Long limit,
            @Nullable UUID userId,
            @Nullable String reason) {}

    /** @param limit in euro; null = none */
    record SpendLimitJson(
            @Nullable String period,
            @Nullable BigDecimal limit,
            @Nullable UUID userId,
            @Nullable String reason) {}

    record AuditJson(List<AuditRow> entries, int limit, int offset) {}

    record CheckJson(boolean balanced, List<String> faults) {}

    /**
     * @param provider null = what was given back for no session or volume in particular
     * @param revenue what was charged less what was given back
     */
    record MarginJson(
            @Nullable String provider, BigDecimal revenue, BigDecimal refunded, BigDecimal cost, BigDecimal margin) {
        static MarginJson of(ReportStore.MarginLine line) {
            return new MarginJson(
                    line.provider(),
                    line.revenue().euros(),
                    line.refunded().euros(),
                    line.cost().euros(),
                    line.revenue().minus(line.cost()).euros());
        }
    }
}
