package com.mimiry.identity;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An organization as the API shows it.
 *
 * @param role the caller's own; null for an operator who is no member
 */
record OrganizationJson(
        UUID id,
        String name,
        String slug,
        boolean personal,
        @Nullable String role,
        boolean allowMemberInvites,
        @JsonProperty("require_2fa") boolean require2fa,
        boolean suspended,
        @Nullable String suspendedReason,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant deletedAt) {
    static OrganizationJson of(Organization organization, @Nullable Role role) {
        return new OrganizationJson(
                organization.id(),
                organization.name(),
                organization.slug(),
                organization.personalOf() != null,
                role == null ? null : role.code(),
                organization.allowMemberInvites(),
                organization.require2fa(),
                organization.suspendedAt() != null,
                organization.suspendedReason(),
                organization.createdAt(),
                organization.updatedAt(),
                organization.deletedAt());
    }
}
