package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Queries;
import com.mimiry.identity.OrganizationStore.Membership;
import com.mimiry.platform.Database;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides by membership and {@link Role}. A suspended organization takes no new work ({@link #resolve} for a permission to
 * write is refused), while what exists in it can still be seen and ended ({@link #require}).
 */
@Singleton
class MemberOrganizations implements Organizations {
    private static final Set<Permission> WRITES = Set.of(
            Permission.SESSIONS_WRITE,
            Permission.VOLUMES_WRITE,
            Permission.BILLING_WRITE,
            Permission.ORGANIZATION_WRITE);

    private final OrganizationStore store = new OrganizationStore();
    private final Database database;

    MemberOrganizations(Database database) {
        this.database = database;
    }

    @Override
    public UUID resolve(Caller caller, @Nullable String organization, Permission permission) {
        List<Membership> own = database.read(tx -> store.ofUser(tx, caller.userId()));
        Membership chosen =
                organization == null || organization.isBlank() ? first(own) : find(own, organization.strip());
        check(caller, chosen, permission);
        Organization resolved = chosen.organization();
        if (resolved.suspendedAt() != null && WRITES.contains(permission)) {
            throw new ApiException(
                    ErrorCode.FORBIDDEN,
                    "The organization " + resolved.name() + " is suspended: " + resolved.suspendedReason());
        }
        return resolved.id();
    }

    @Override
    public Set<UUID> having(Caller caller, Permission permission) {
        if (!caller.scopeAllows(permission)) {
            return Set.of();
        }
        return database.read(tx -> store.ofUser(tx, caller.userId())).stream()
                .filter(membership -> membership.role().has(permission))
                .map(membership -> membership.organization().id())
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void require(Caller caller, UUID organizationId, Permission permission) {
        Role role = caller.roles().get(organizationId);
        if (role != null && role.has(permission)) {
            AccessRules.check(caller, permission);
        } else {
            check(caller, membership(caller, organizationId), permission);
        }
    }

    @Override
    public boolean isMember(UUID organizationId, UUID userId) {
        return database.read(tx -> store.membership(tx, userId, organizationId)).isPresent();
    }

    @Override
    public void requireKnown(UUID organizationId) {
        if (database.read(tx -> store.byId(tx, organizationId)).isEmpty()) {
            throw Queries.notFound("organization");
        }
    }

    /** Deleted organizations too. */
    Membership membership(Caller caller, UUID organizationId) {
        return database.read(tx -> store.membership(tx, caller.userId(), organizationId))
                .orElseThrow(() -> Queries.notFound("organization"));
    }

    static void check(Caller caller, Membership membership, Permission permission) {
        AccessRules.check(caller, permission);
        if (!membership.role().has(permission)) {
            throw new ApiException(
                    ErrorCode.FORBIDDEN,
                    "Your role in " + membership.organization().name() + " is "
                            + membership.role().code() + ", which does not allow this; ask an owner.");
        }
    }

    private static Membership first(List<Membership> own) {
        return own.stream().findFirst().orElseThrow(() -> Queries.notFound("organization"));
    }

    /** By id, else by slug, else by name where only one has it. */
    private static Membership find(List<Membership> own, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return only(own, organization -> organization.id().toString().equals(lower), text)
                .or(() -> only(own, organization -> organization.slug().equals(lower), text))
                .or(() -> only(own, organization -> organization.name().equalsIgnoreCase(text), text))
                .orElseThrow(() -> Queries.notFound("organization"));
    }

    private static Optional<Membership> only(List<Membership> own, Predicate<Organization> test, String text) {
        List<Membership> found = own.stream()
                .filter(membership -> test.test(membership.organization()))
                .toList();
        if (found.size() > 1) {
            throw new ApiException(
                    ErrorCode.CONFLICT, "Several of your organizations are named " + text + "; give the id.");
        }
        return found.stream().findFirst();
    }
}
