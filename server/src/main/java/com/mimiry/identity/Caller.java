package com.mimiry.identity;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request.
 *
 * @param sshKeyId the registered key that the token came from; null for an API key
 * @param sshFingerprint of that key
 * @param operator whether the user operates this server
 * @param scopes what the bearer may be used for, {@code *} = everything that the user may do
 * @param roles in each organization, as they were when the bearer was looked up; may lack some
 */
public record Caller(
        UUID userId,
        String email,
        String username,
        @Nullable UUID sshKeyId,
        @Nullable String sshFingerprint,
        boolean operator,
        Set<String> scopes,
        Map<UUID, Role> roles) {
    /** A user who is no operator, with a bearer that may be used for everything. */
    public Caller(
            UUID userId, String email, String username, @Nullable UUID sshKeyId, @Nullable String sshFingerprint) {
        this(userId, email, username, sshKeyId, sshFingerprint, false, Set.of(Scopes.ALL), Map.of());
    }

    boolean scopeAllows(Permission permission) {
        return Scopes.allow(scopes, permission);
    }
}
