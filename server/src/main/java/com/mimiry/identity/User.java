package com.mimiry.identity;

import java.time.Instant;
import java.util.UUID;

/**
 * A person with an account.
 *
 * @param enabled false = cannot sign in, and tokens fail
 * @param operator may call what {@link Permission#OPERATOR} guards
 */
public record User(UUID id, String email, String username, boolean enabled, boolean operator, Instant createdAt) {}
