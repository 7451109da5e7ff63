package com.mimiry.billing;

import com.mimiry.api.Queries;
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
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Low and used-up balances as a feed, oldest first: who passes {@code next} as the following {@code after} sees each event
 * once, in order, and misses none.
 */
@Path("/api/compute/v1/balance/events")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class BalanceEventsResource {
    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 1_000;

    private final Callers callers;
    private final Organizations organizations;
    private final BillingReports reports;

    BalanceEventsResource(Callers callers, Organizations organizations, BillingReports reports) {
        this.callers = callers;
        this.organizations = organizations;
        this.reports = reports;
    }

    @GET
    @Access(Permission.BILLING_READ)
    public FeedJson events(
            @QueryParam("org_id") @Nullable String organization,
            @QueryParam("after") @Nullable String afterText,
            @QueryParam("limit") @Nullable String limitText) {
        UUID organizationId = organizations.resolve(callers.current(), organization, Permission.BILLING_READ);
        long after = Queries.number("after", afterText, 0, Long.MAX_VALUE, 0);
        int limit = (int) Queries.number("limit", limitText, 1, LIMIT_MAX, LIMIT_DEFAULT);
        List<FeedEventJson> events = reports.events(organizationId, after, limit).stream()
                .map(FeedEventJson::of)
                .toList();
        return new FeedJson(events, events.isEmpty() ? after : events.getLast().seq(), organizationId);
    }

    /** @param next what to pass as {@code after} to go on from here */
    record FeedJson(List<FeedEventJson> events, long next, UUID orgId) {}

    /**
     * @param type {@code low_balance} or {@code balance_depleted}
     * @param mark in euro, the balance that was reached or passed downwards
     * @param balance in euro, holds included, after what caused it
     */
    record FeedEventJson(
            UUID id, long seq, Instant at, String type, BigDecimal mark, BigDecimal balance, String currency) {
        static FeedEventJson of(ReportStore.BillingEvent event) {
            return new FeedEventJson(
                    event.id(),
                    event.seq(),
                    event.at(),
                    event.type(),
                    event.mark().euros(),
                    event.balance().euros(),
                    Money.CURRENCY);
        }
    }
}
