package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Fields;
import com.mimiry.api.Queries;
import com.mimiry.identity.OrganizationStore.Membership;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Transaction;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes, changes, suspends and deletes organizations. */
class OrganizationChanges {
    private static final int NAME_LENGTH_MAX = 128;
    private static final int REASON_LENGTH_MAX = 500;

    private final OrganizationStore store = new OrganizationStore();
    private final AuditLog audit = new AuditLog();
    private final Database database;
    private final Clock clock;
    private final Ids ids;
    private final Iterable<OrganizationInUse> inUse;
    private final Iterable<OrganizationSuspended> onSuspension;

    OrganizationChanges(
            Database database,
            Clock clock,
            Ids ids,
            Iterable<OrganizationInUse> inUse,
            Iterable<OrganizationSuspended> onSuspension) {
        this.database = database;
        this.clock = clock;
        this.ids = ids;
        this.inUse = inUse;
        this.onSuspension = onSuspension;
    }

    /** What a caller wants changed; null = left as it is. */
    record Wish(
            @Nullable String name,
            @Nullable Boolean allowMemberInvites,
            @Nullable Boolean require2fa) {}

    /** @param slug null = made from the name */
    Organization create(Caller caller, @Nullable String name, @Nullable String slug) {
        String shownName = name(name);
        String wanted = slug == null ? null : Slugs.parse(slug);
        return database.inTransaction(tx -> {
            Instant now = clock.instant();
            store.lockSlugs(tx);
            String free = wanted == null ? free(tx, Slugs.from(shownName)) : wanted;
            if (store.slugTaken(tx, free)) {
                throw new ApiException(ErrorCode.CONFLICT, "The slug " + free + " is taken; choose another.");
            }
            Organization made =
                    new Organization(ids.next(), shownName, free, null, false, false, now, now, null, null, null);
            store.insert(tx, made);
            store.addMember(tx, made.id(), caller.userId(), Role.OWNER, now);
            record(tx, Actor.of(caller), "organization.create", made.id(), null, made);
            return made;
        });
    }

    Organization change(Caller caller, UUID id, Wish wish) {
        String name = wish.name() == null ? null : name(wish.name());
        return database.inTransaction(tx -> {
            Organization before = locked(tx, caller, id, Permission.ORGANIZATION_WRITE);
            refuseDeleted(before);
            Organization after = new Organization(
                    id,
                    name == null ? before.name() : name,
                    before.slug(),
                    before.personalOf(),
                    wish.allowMemberInvites() == null ? before.allowMemberInvites() : wish.allowMemberInvites(),
                    wish.require2fa() == null ? before.require2fa() : wish.require2fa(),
                    before.createdAt(),
                    clock.instant(),
                    before.suspendedAt(),
                    before.suspendedReason(),
                    null);
            store.update(tx, after);
            record(tx, Actor.of(caller), "organization.change", id, before, after);
            return after;
        });
    }

    /** Only owners; only where nothing lives in it; never the personal one. Deleting again changes nothing. */
    Organization delete(Caller caller, UUID id) {
        return database.inTransaction(tx -> {
            Organization before = locked(tx, caller, id, Permission.ORGANIZATION_WRITE);
            Role role = store.membership(tx, caller.userId(), id)
                    .map(Membership::role)
                    .orElse(Role.VIEWER);
            if (role != Role.OWNER) {
                throw new ApiException(ErrorCode.FORBIDDEN, "Only an owner may delete an organization.");
            }
            if (before.deletedAt() != null) {
                return before;
            }
            if (before.personalOf() != null) {
                throw new ApiException(ErrorCode.CONFLICT, "A personal organization cannot be deleted.");
            }
            refuseInUse(tx, before);
            Instant now = clock.instant();
            Organization after = withMarks(before, before.suspendedAt(), before.suspendedReason(), now, now);
            store.update(tx, after);
            record(tx, Actor.of(caller), "organization.delete", id, before, null);
            // A create that has passed the door already finds, under the lock of the money, that nothing may begin
            // here.
            onSuspension.forEach(feature -> feature.changed(tx, id, true));
            return after;
        });
    }

    /** @param reason null = not suspended */
    Organization setSuspended(Actor actor, UUID id, @Nullable String reason) {
        if (reason != null) {
            Fields.text("reason", reason, 1, REASON_LENGTH_MAX);
        }
        return database.inTransaction(tx -> {
            Organization before = store.lock(tx, id).orElseThrow(() -> Queries.notFound("organization"));
            Instant now = clock.instant();
            Instant since = reason == null ? null : before.suspendedAt() == null ? now : before.suspendedAt();
            Organization after = withMarks(before, since, reason, now, before.deletedAt());
            store.update(tx, after);
            record(tx, actor, reason == null ? "organization.unsuspend" : "organization.suspend", id, before, after);
            boolean suspended = reason != null;
            if (suspended != (before.suspendedAt() != null) && before.deletedAt() == null) {
                onSuspension.forEach(feature -> feature.changed(tx, id, suspended));
            }
            return after;
        });
    }

    private Organization locked(Transaction tx, Caller caller, UUID id, Permission permission) {
        Organization organization = store.lock(tx, id).orElseThrow(() -> Queries.notFound("organization"));
        Membership membership =
                store.membership(tx, caller.userId(), id).orElseThrow(() -> Queries.notFound("organization"));
        MemberOrganizations.check(caller, membership, permission);
        return organization;
    }

    static void refuseDeleted(Organization organization) {
        if (organization.deletedAt() != null) {
            throw new ApiException(ErrorCode.INVALID_STATE, "The organization was deleted.");
        }
    }

    private void refuseInUse(Transaction tx, Organization organization) {
        List<String> uses = new ArrayList<>();
        inUse.forEach(feature -> uses.addAll(feature.uses(tx, organization.id())));
        if (!uses.isEmpty()) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "The organization still has " + String.join(", ", uses) + "; see to that first.",
                    Map.of("in_use", uses));
        }
    }

    private String free(Transaction tx, String base) {
        String candidate = base;
        for (int n = 2; store.slugTaken(tx, candidate); n++) {
            candidate = base + "-" + n;
        }
        return candidate;
    }

    private static String name(@Nullable String name) {
        return Fields.text("name", name == null ? null : name.strip(), 1, NAME_LENGTH_MAX);
    }

    private static Organization withMarks(
            Organization o,
            @Nullable Instant suspendedAt,
            @Nullable String suspendedReason,
            Instant updatedAt,
            @Nullable Instant deletedAt) {
        return new Organization(
                o.id(),
                o.name(),
                o.slug(),
                o.personalOf(),
                o.allowMemberInvites(),
                o.require2fa(),
                o.createdAt(),
                updatedAt,
                suspendedAt,
                suspendedReason,
                deletedAt);
    }

    private void record(
            Transaction tx,
            Actor actor,
            String action,
            UUID id,
            @Nullable Organization before,
            @Nullable Organization after) {
        audit.record(tx, clock.instant(), actor, action, id.toString(), id, shown(before), shown(after));
    }

    private static @Nullable Map<String, ?> shown(@Nullable Organization organization) {
        if (organization == null) {
            return null;
        }
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", organization.name());
        shown.put("slug", organization.slug());
        shown.put("allow_member_invites", organization.allowMemberInvites());
        shown.put("require_2fa", organization.require2fa());
        shown.put("suspended_reason", organization.suspendedReason());
        return shown;
    }
}
