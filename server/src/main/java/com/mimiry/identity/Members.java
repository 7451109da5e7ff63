package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Queries;
import com.mimiry.identity.OrganizationStore.Member;
import com.mimiry.identity.OrganizationStore.Membership;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Changes who belongs to an organization. The organization's row is locked meanwhile, so that one owner always stays. */
@Singleton
class Members {
    private final OrganizationStore store = new OrganizationStore();
    private final AuditLog audit = new AuditLog();
    private final Database database;
    private final Clock clock;

    Members(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    Member setRole(Caller caller, UUID organizationId, UUID userId, Role role) {
        return database.inTransaction(tx -> {
            Membership own = lockedMembership(tx, store, caller, organizationId);
            MemberOrganizations.check(caller, own, Permission.MEMBERS_WRITE);
            Member member = member(tx, organizationId, userId);
            if (role != member.role()) {
                if (role == Role.OWNER || member.role() == Role.OWNER) {
                    requireOwner(own);
                }
                refuseLastOwner(tx, organizationId, member);
                store.setRole(tx, organizationId, userId, role);
                record(tx, caller, organizationId, userId, "member.role", member.role(), role);
            }
            return member(tx, organizationId, userId);
        });
    }

    /** Everybody may leave; to remove others takes the permission. */
    void remove(Caller caller, UUID organizationId, UUID userId) {
        database.useTransaction(tx -> {
            Membership own = lockedMembership(tx, store, caller, organizationId);
            boolean leaves = caller.userId().equals(userId);
            if (!leaves) {
                MemberOrganizations.check(caller, own, Permission.MEMBERS_WRITE);
            }
            Member member = member(tx, organizationId, userId);
            if (!leaves && member.role() == Role.OWNER) {
                requireOwner(own);
            }
            refuseLastOwner(tx, organizationId, member);
            store.removeMember(tx, organizationId, userId);
            record(tx, caller, organizationId, userId, leaves ? "member.leave" : "member.remove", member.role(), null);
        });
    }

    /** The caller's own membership, with the organization locked until the transaction ends. */
    static Membership lockedMembership(Transaction tx, OrganizationStore store, Caller caller, UUID organizationId) {
        if (store.lock(tx, organizationId).isEmpty()) {
            throw Queries.notFound("organization");
        }
        Membership own = store.membership(tx, caller.userId(), organizationId)
                .orElseThrow(() -> Queries.notFound("organization"));
        OrganizationChanges.refuseDeleted(own.organization());
        return own;
    }

    static void requireOwner(Membership own) {
        if (own.role() != Role.OWNER) {
            throw new ApiException(ErrorCode.FORBIDDEN, "Only an owner may make, change or remove owners.");
        }
    }

    private Member member(Transaction tx, UUID organizationId, UUID userId) {
        return store.member(tx, organizationId, userId).orElseThrow(() -> Queries.notFound("member"));
    }

    private void refuseLastOwner(Transaction tx, UUID organizationId, Member member) {
        if (member.role() == Role.OWNER && store.countOwners(tx, organizationId) == 1) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "This is the last owner; make somebody else an owner first, or delete the organization.");
        }
    }

    private void record(
            Transaction tx,
            Caller caller,
            UUID organizationId,
            UUID userId,
            String action,
            Role before,
            @Nullable Role after) {
        audit.record(
                tx,
                clock.instant(),
                Actor.of(caller),
                action,
                userId.toString(),
                organizationId,
                Map.of("role", before.code()),
                after == null ? null : Map.of("role", after.code()));
    }
}
