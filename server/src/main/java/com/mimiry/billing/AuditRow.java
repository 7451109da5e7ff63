package com.mimiry.billing;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A change by hand.
 *
 * @param before what stood there; null = nothing
 * @param after what stands there now; null = nothing
 */
public record AuditRow(
        Instant at,
        String actor,
        UUID organizationId,
        String action,
        String reason,
        @Nullable String before,
        @Nullable String after) {}
