package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Queries;
import com.mimiry.identity.InvitationStore.Invitation;
import com.mimiry.identity.OrganizationStore.Membership;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Secret;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks people into organizations; a secret token and the right address together let them in. */
@Singleton
class Invitations {
    private static final Pattern EMAIL = Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[^\\s@\\p{Cntrl}]{1,189}");
    private static final String PENDING = "pending";

    private final InvitationStore store = new InvitationStore();
    private final OrganizationStore organizations = new OrganizationStore();
    private final UserStore users = new UserStore();
    private final AuditLog audit = new AuditLog();
    private final Database database;
    private final Clock clock;
    private final Ids ids;
    private final IdentityConfig config;

    Invitations(Database database, Clock clock, Ids ids, IdentityConfig config) {
        this.database = database;
        this.clock = clock;
        this.ids = ids;
        this.config = config;
    }

    /** @param token shown to the inviter once, to be passed on */
    record Made(Invitation invitation, Secret token) {}

    /** A pending invitation of the same address is replaced. */
    Made invite(Caller caller, UUID organizationId, @Nullable String email, Role role) {
        if (email == null || !EMAIL.matcher(email.strip()).matches()) {
            throw ApiException.invalidField("email", "email must be an address such as ada@example.org.");
        }
        String address = email.strip();
        String token = Secrets.text();
        return database.inTransaction(tx -> {
            Membership own = Members.lockedMembership(tx, organizations, caller, organizationId);
            checkMayInvite(caller, own, role);
            refuseMember(tx, organizationId, address);
            Instant now = clock.instant();
            store.replacePending(tx, organizationId, address, now);
            Invitation invitation = new Invitation(
                    ids.next(),
                    organizationId,
                    address,
                    role,
                    PENDING,
                    caller.userId(),
                    now,
                    now.plus(config.invitationLife()));
            store.insert(tx, invitation, Secrets.hash(token));
            record(tx, caller, "member.invite", invitation);
            return new Made(invitation, new Secret(token));
        });
    }

    Organization accept(Caller caller, String token) {
        return database.inTransaction(tx -> {
            Invitation invitation = pending(tx, caller, token);
            UUID organizationId = invitation.organizationId();
            Organization organization =
                    organizations.lock(tx, organizationId).orElseThrow(() -> Queries.notFound("organization"));
            OrganizationChanges.refuseDeleted(organization);
            Instant now = clock.instant();
            if (organizations.member(tx, organizationId, caller.userId()).isEmpty()) {
                organizations.addMember(tx, organizationId, caller.userId(), invitation.role(), now);
            }
            store.answer(tx, invitation.id(), "accepted", now);
            record(tx, caller, "member.join", invitation);
            return organization;
        });
    }

    void decline(Caller caller, String token) {
        database.useTransaction(tx -> {
            Invitation invitation = pending(tx, caller, token);
            store.answer(tx, invitation.id(), "declined", clock.instant());
            record(tx, caller, "member.decline", invitation);
        });
    }

    /** What the API shows: a pending invitation that ran out is {@code expired}. */
    String state(Invitation invitation) {
        boolean ranOut = invitation.state().equals(PENDING) && !clock.instant().isBefore(invitation.expiresAt());
        return ranOut ? "expired" : invitation.state();
    }

    private Invitation pending(Transaction tx, Caller caller, String token) {
        Invitation invitation =
                store.byToken(tx, Secrets.hash(token)).orElseThrow(() -> Queries.notFound("invitation"));
        if (!invitation.email().equalsIgnoreCase(caller.email())) {
            throw new ApiException(ErrorCode.FORBIDDEN, "This invitation is for another e-mail address.");
        }
        String state = state(invitation);
        if (!state.equals(PENDING)) {
            throw new ApiException(
                    ErrorCode.INVALID_STATE,
                    "This invitation is " + state + "; ask for a new one.",
                    Map.of("state", state));
        }
        return invitation;
    }

    /** Where the organization lets members invite, they may ask in people with no more rights than their own. */
    private static void checkMayInvite(Caller caller, Membership own, Role role) {
        boolean asMember = own.role() == Role.MEMBER
                && own.organization().allowMemberInvites()
                && (role == Role.MEMBER || role == Role.VIEWER);
        if (asMember) {
            AccessRules.check(caller, Permission.MEMBERS_WRITE);
            return;
        }
        MemberOrganizations.check(caller, own, Permission.MEMBERS_WRITE);
        if (role == Role.OWNER) {
            Members.requireOwner(own);
        }
    }

    private void refuseMember(Transaction tx, UUID organizationId, String email) {
        boolean member = users.find(tx, email)
                .filter(user -> user.email().equalsIgnoreCase(email))
                .flatMap(user -> organizations.member(tx, organizationId, user.id()))
                .isPresent();
        if (member) {
            throw new ApiException(ErrorCode.CONFLICT, email + " is a member already; change the role instead.");
        }
    }

    private void record(Transaction tx, Caller caller, String action, Invitation invitation) {
        audit.record(
                tx,
                clock.instant(),
                Actor.of(caller),
                action,
                invitation.id().toString(),
                invitation.organizationId(),
                null,
                Map.of("email", invitation.email(), "role", invitation.role().code()));
    }
}
