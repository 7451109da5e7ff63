package com.mimiry.identity;

import com.mimiry.api.Fields;
import com.mimiry.api.Page;
import com.mimiry.api.Queries;
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
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

/** Who belongs to an organization, and who is asked to. */
@Path("/api/organizations/v1/{id}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class MembersResource {
    private final OrganizationStore store = new OrganizationStore();
    private final InvitationStore invited = new InvitationStore();
    private final Database database;
    private final Callers callers;
    private final Organizations organizations;
    private final Members members;
    private final Invitations invitations;

    MembersResource(
            Database database, Callers callers, Organizations organizations, Members members, Invitations invitations) {
        this.database = database;
        this.callers = callers;
        this.organizations = organizations;
        this.members = members;
        this.invitations = invitations;
    }

    record Member(UUID userId, String email, String username, String role, Instant joinedAt) {
        static Member of(OrganizationStore.Member member) {
            return new Member(
                    member.userId(),
                    member.email(),
                    member.username(),
                    member.role().code(),
                    member.joinedAt());
        }
    }

    record Listed(List<Member> members, long total, int limit, int offset) {}

    record Asked(@Nullable String email, @Nullable String role) {}

    record NewRole(@Nullable String role) {}

    /** @param token to be passed on to the invited person; null but in the answer to the invitation */
    record Invitation(
            UUID id,
            UUID organizationId,
            String email,
            String role,
            String state,
            UUID invitedBy,
            Instant createdAt,
            Instant expiresAt,
            @Nullable String token) {}

    record ListedInvitations(List<Invitation> invitations, long total, int limit, int offset) {}

    @GET
    @Path("/members")
    @Access(Permission.ORGANIZATION_READ)
    public Listed list(
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset) {
        UUID organization = Queries.id("organization", id);
        Page page = Page.of(limit, offset);
        organizations.require(callers.current(), organization, Permission.ORGANIZATION_READ);
        return database.read(tx -> new Listed(
                store.members(tx, organization, page.limit(), page.offset()).stream()
                        .map(Member::of)
                        .toList(),
                store.countMembers(tx, organization),
                page.limit(),
                page.offset()));
    }

    @POST
    @Path("/members/invite")
    @ResponseStatus(201)
    @APIResponseSchema(value = Invitation.class, responseCode = "201")
    @Access(Permission.MEMBERS_WRITE)
    public Invitation invite(@PathParam("id") String id, @Nullable Asked body) {
        UUID organization = Queries.id("organization", id);
        Asked asked = Fields.body(body);
        Role role = asked.role() == null ? Role.MEMBER : Role.parse("role", asked.role());
        Invitations.Made made = invitations.invite(callers.current(), organization, asked.email(), role);
        return shown(made.invitation(), made.token().reveal());
    }

    @DELETE
    @Path("/members/{user_id}")
    @Access(Permission.MEMBERS_WRITE)
    public void remove(@PathParam("id") String id, @PathParam("user_id") String userId) {
        members.remove(callers.current(), Queries.id("organization", id), Queries.id("member", userId));
    }

    @PATCH
    @Path("/members/{user_id}/role")
    @Access(Permission.MEMBERS_WRITE)
    public Member setRole(@PathParam("id") String id, @PathParam("user_id") String userId, @Nullable NewRole body) {
        UUID organization = Queries.id("organization", id);
        UUID user = Queries.id("member", userId);
        Role role = Role.parse("role", Fields.body(body).role());
        return Member.of(members.setRole(callers.current(), organization, user, role));
    }

    @GET
    @Path("/invitations")
    @Access(Permission.MEMBERS_WRITE)
    public ListedInvitations invitations(
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset) {
        UUID organization = Queries.id("organization", id);
        Page page = Page.of(limit, offset);
        organizations.require(callers.current(), organization, Permission.MEMBERS_WRITE);
        return database.read(tx -> new ListedInvitations(
                invited.list(tx, organization, page.limit(), page.offset()).stream()
                        .map(invitation -> shown(invitation, null))
                        .toList(),
                invited.count(tx, organization),
                page.limit(),
                page.offset()));
    }

    private Invitation shown(InvitationStore.Invitation invitation, @Nullable String token) {
        return new Invitation(
                invitation.id(),
                invitation.organizationId(),
                invitation.email(),
                invitation.role().code(),
                invitations.state(invitation),
                invitation.invitedBy(),
                invitation.createdAt(),
                invitation.expiresAt(),
                token);
    }
}
