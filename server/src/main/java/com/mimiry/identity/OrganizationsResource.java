package com.mimiry.identity;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.mimiry.api.Fields;
import com.mimiry.api.Page;
import com.mimiry.api.Queries;
import com.mimiry.identity.OrganizationStore.Membership;
import com.mimiry.platform.Database;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

/** The caller's organizations. */
@Path("/api/organizations/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class OrganizationsResource {
    private final OrganizationStore store = new OrganizationStore();
    private final Database database;
    private final Callers callers;
    private final MemberOrganizations organizations;
    private final OrganizationChanges changes;

    OrganizationsResource(
            Database database, Callers callers, MemberOrganizations organizations, OrganizationChanges changes) {
        this.database = database;
        this.callers = callers;
        this.organizations = organizations;
        this.changes = changes;
    }

    record NewOrganization(@Nullable String name, @Nullable String slug) {}

    record Change(
            @Nullable String name,
            @Nullable Boolean allowMemberInvites,
            @JsonProperty("require_2fa") @Nullable Boolean require2fa) {}

    record Listed(List<OrganizationJson> organizations, long total, int limit, int offset) {}

    @GET
    @Access(Permission.ORGANIZATION_READ)
    public Listed list(@QueryParam("limit") @Nullable String limit, @QueryParam("offset") @Nullable String offset) {
        Page page = Page.of(limit, offset);
        List<Membership> all =
                database.read(tx -> store.ofUser(tx, callers.current().userId()));
        List<OrganizationJson> shown = all.stream()
                .skip(page.offset())
                .limit(page.limit())
                .map(OrganizationsResource::json)
                .toList();
        return new Listed(shown, all.size(), page.limit(), page.offset());
    }

    @POST
    @ResponseStatus(201)
    @APIResponseSchema(value = OrganizationJson.class, responseCode = "201")
    @Access(Permission.ORGANIZATION_WRITE)
    public OrganizationJson create(@Nullable NewOrganization body) {
        NewOrganization wanted = Fields.body(body);
        return OrganizationJson.of(changes.create(callers.current(), wanted.name(), wanted.slug()), Role.OWNER);
    }

    @GET
    @Path("/{id}")
    @Access(Permission.ORGANIZATION_READ)
    public OrganizationJson get(@PathParam("id") String id) {
        return json(member(id));
    }

    @GET
    @Path("/by-slug/{slug}")
    @Access(Permission.ORGANIZATION_READ)
    public OrganizationJson bySlug(@PathParam("slug") String slug) {
        return database.read(tx -> store.ofUser(tx, callers.current().userId())).stream()
                .filter(membership -> membership.organization().slug().equalsIgnoreCase(slug))
                .findFirst()
                .map(OrganizationsResource::json)
                .orElseThrow(() -> Queries.notFound("organization"));
    }

    @PATCH
    @Path("/{id}")
    @Access(Permission.ORGANIZATION_WRITE)
    public OrganizationJson change(@PathParam("id") String id, @Nullable Change body) {
        Change wanted = Fields.body(body);
        UUID organization = Queries.id("organization", id);
        changes.change(
                callers.current(),
                organization,
                new OrganizationChanges.Wish(wanted.name(), wanted.allowMemberInvites(), wanted.require2fa()));
        return json(member(id));
    }

    @DELETE
    @Path("/{id}")
    @Access(Permission.ORGANIZATION_WRITE)
    public OrganizationJson delete(@PathParam("id") String id) {
        return OrganizationJson.of(changes.delete(callers.current(), Queries.id("organization", id)), Role.OWNER);
    }

    private Membership member(String id) {
        Membership membership = organizations.membership(callers.current(), Queries.id("organization", id));
        MemberOrganizations.check(callers.current(), membership, Permission.ORGANIZATION_READ);
        return membership;
    }

    private static OrganizationJson json(Membership membership) {
        return OrganizationJson.of(membership.organization(), membership.role());
    }
}
