package com.mimiry.identity;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who owns sessions, volumes and money.
 *
 * @param personalOf the user whose personal organization it is; null for a shared one
 * @param suspendedAt null where it is not suspended
 * @param deletedAt null where it lives
 */
public record Organization(
        UUID id,
        String name,
        String slug,
        @Nullable UUID personalOf,
        boolean allowMemberInvites,
        boolean require2fa,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant suspendedAt,
        @Nullable String suspendedReason,
        @Nullable Instant deletedAt) {}
