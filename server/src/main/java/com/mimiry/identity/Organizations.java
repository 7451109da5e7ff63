package com.mimiry.identity;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who belongs to which organization, and what they may do there. */
public interface Organizations {
    /**
     * The organization to act on.
     *
     * @param organization id or slug; null = the caller's own (personal, or the only one)
     * @throws com.mimiry.api.ApiException 404 where the caller is no member, 403 where the role does not allow it
     */
    UUID resolve(Caller caller, @Nullable String organization, Permission permission);

    /** The organizations in which the caller has a permission. */
    Set<UUID> having(Caller caller, Permission permission);

    /** Whether somebody belongs to an organization. */
    boolean isMember(UUID organizationId, UUID userId);

    /** 404 unless there is, or was, such an organization; for operators, who need not belong to it. */
    void requireKnown(UUID organizationId);

    /** 404 unless the caller is a member of the organization; 403 unless the role has the permission. */
    void require(Caller caller, UUID organizationId, Permission permission);
}
