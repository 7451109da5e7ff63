package com.mimiry.identity;

import static com.mimiry.identity.Permission.BILLING_READ;
import static com.mimiry.identity.Permission.BILLING_WRITE;
import static com.mimiry.identity.Permission.MEMBERS_WRITE;
import static com.mimiry.identity.Permission.ORGANIZATION_READ;
import static com.mimiry.identity.Permission.ORGANIZATION_WRITE;
import static com.mimiry.identity.Permission.SESSIONS_READ;
import static com.mimiry.identity.Permission.SESSIONS_WRITE;
import static com.mimiry.identity.Permission.VOLUMES_READ;
import static com.mimiry.identity.Permission.VOLUMES_WRITE;

import com.mimiry.api.ApiException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A member's role in an organization, with what it permits there. */
@SuppressWarnings("ImmutableEnumChecker") // Set.of cannot be changed
public enum Role {
    /** Also: deletes the organization, and makes and unmakes owners. */
    OWNER(
            SESSIONS_READ,
            SESSIONS_WRITE,
            VOLUMES_READ,
            VOLUMES_WRITE,
            BILLING_READ,
            BILLING_WRITE,
            ORGANIZATION_READ,
            ORGANIZATION_WRITE,
            MEMBERS_WRITE),
    ADMIN(
            SESSIONS_READ,
            SESSIONS_WRITE,
            VOLUMES_READ,
            VOLUMES_WRITE,
            BILLING_READ,
            BILLING_WRITE,
            ORGANIZATION_READ,
            ORGANIZATION_WRITE,
            MEMBERS_WRITE),
    MEMBER(SESSIONS_READ, SESSIONS_WRITE, VOLUMES_READ, VOLUMES_WRITE, BILLING_READ, ORGANIZATION_READ),
    BILLING(BILLING_READ, BILLING_WRITE, ORGANIZATION_READ),
    VIEWER(SESSIONS_READ, VOLUMES_READ, BILLING_READ, ORGANIZATION_READ);

    private final Set<Permission> permissions;

    Role(Permission... permissions) {
        this.permissions = Set.of(permissions);
    }

    /** Whether a member with this role may do that. */
    public boolean has(Permission permission) {
        return permissions.contains(permission);
    }

    /** The role as it stands in JSON and in the database. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Role ofCode(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }

    /** Reads a body field. */
    static Role parse(String field, @Nullable String text) {
        return Arrays.stream(values())
                .filter(role -> role.code().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> ApiException.invalidField(
                        field, field + " must be one of owner, admin, member, billing, viewer."));
    }
}
