package com.mimiry.identity;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** The invited person's side. */
@Path("/api/organizations/v1/invitations/{token}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class InvitationsResource {
    private final Callers callers;
    private final Invitations invitations;
    private final MemberOrganizations organizations;

    InvitationsResource(Callers callers, Invitations invitations, MemberOrganizations organizations) {
        this.callers = callers;
        this.invitations = invitations;
        this.organizations = organizations;
    }

    record Answered(String state) {}

    @POST
    @Path("/accept")
    @Access(Permission.ACCOUNT_WRITE)
    public OrganizationJson accept(@PathParam("token") String token) {
        Organization joined = invitations.accept(callers.current(), token);
        return OrganizationJson.of(
                joined, organizations.membership(callers.current(), joined.id()).role());
    }

    @POST
    @Path("/decline")
    @Access(Permission.ACCOUNT_WRITE)
    public Answered decline(@PathParam("token") String token) {
        invitations.decline(callers.current(), token);
        return new Answered("declined");
    }
}
