package com.mimiry.identity;

import com.mimiry.api.Fields;
import com.mimiry.api.Page;
import com.mimiry.api.Queries;
import com.mimiry.platform.Database;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the operator sees and does. */
@Path("/api/organizations/v1/admin")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class AdminOrganizationsResource {
    private final OrganizationStore store = new OrganizationStore();
    private final AuditStore audit = new AuditStore();
    private final Database database;
    private final Callers callers;
    private final OrganizationChanges changes;

    AdminOrganizationsResource(Database database, Callers callers, OrganizationChanges changes) {
        this.database = database;
        this.callers = callers;
        this.changes = changes;
    }

    record Listed(List<OrganizationJson> organizations, long total, int limit, int offset) {}

    record Suspension(@Nullable String reason) {}

    record Audited(List<AuditStore.Entry> entries, long total, int limit, int offset) {}

    /** @param text part of a name or slug */
    @GET
    @Path("/orgs")
    @Access(Permission.OPERATOR)
    public Listed list(
            @QueryParam("q") @Nullable String text,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset) {
        Page page = Page.of(limit, offset);
        return database.read(tx -> new Listed(
                store.list(tx, text, page.limit(), page.offset()).stream()
                        .map(organization -> OrganizationJson.of(organization, null))
                        .toList(),
                store.count(tx, text),
                page.limit(),
                page.offset()));
    }

    @GET
    @Path("/orgs/{id}")
    @Access(Permission.OPERATOR)
    public OrganizationJson get(@PathParam("id") String id) {
        UUID organization = Queries.id("organization", id);
        return OrganizationJson.of(
                database.read(tx -> store.byId(tx, organization)).orElseThrow(() -> Queries.notFound("organization")),
                null);
    }

    @GET
    @Path("/orgs/{id}/members")
    @Access(Permission.OPERATOR)
    public MembersResource.Listed members(
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset) {
        UUID organization = get(id).id();
        Page page = Page.of(limit, offset);
        return database.read(tx -> new MembersResource.Listed(
                store.members(tx, organization, page.limit(), page.offset()).stream()
                        .map(MembersResource.Member::of)
                        .toList(),
                store.countMembers(tx, organization),
                page.limit(),
                page.offset()));
    }

    /** Takes no new work from now on; what runs is ended with grace. */
    @POST
    @Path("/orgs/{id}/suspend")
    @Access(Permission.OPERATOR)
    public OrganizationJson suspend(@PathParam("id") String id, @Nullable Suspension body) {
        String reason = Fields.required("reason", Fields.body(body).reason());
        return setSuspended(id, reason);
    }

    @POST
    @Path("/orgs/{id}/unsuspend")
    @Access(Permission.OPERATOR)
    public OrganizationJson unsuspend(@PathParam("id") String id) {
        return setSuspended(id, null);
    }

    /** Newest first. */
    @GET
    @Path("/audit")
    @Access(Permission.OPERATOR)
    public Audited audit(
            @QueryParam("org_id") @Nullable String organization,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset) {
        UUID only = organization == null ? null : Queries.id("organization", organization);
        Page page = Page.of(limit, offset);
        return database.read(
                tx -> new Audited(audit.list(tx, only, page), audit.count(tx, only), page.limit(), page.offset()));
    }

    private OrganizationJson setSuspended(String id, @Nullable String reason) {
        UUID organization = Queries.id("organization", id);
        return OrganizationJson.of(changes.setSuspended(Actor.of(callers.current()), organization, reason), null);
    }
}
