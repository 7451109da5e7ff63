package com.mimiry.identity;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request.
 *
 * @param sshKeyId the registered key that the token came from; null for an API key
 * @param sshFingerprint of that key
 */
public record Caller(
        UUID userId,
        String email,
        String username,
        @Nullable UUID sshKeyId,
        @Nullable String sshFingerprint) {}
