package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who changed what, append-only. Call it in the transaction that makes the change. */
public final class AuditLog {
    private final AuditStore store = new AuditStore();

    /**
     * Records a change.
     *
     * @param action such as {@code organization.suspend}
     * @param subject what was changed: an id, an e-mail address
     * @param organizationId where it belongs; null = nowhere
     * @param before what it was, null = it did not exist; no secrets
     * @param after what it is, null = it does not exist any more; no secrets
     */
    public void record(
            Transaction tx,
            Instant at,
            Actor actor,
            String action,
            String subject,
            @Nullable UUID organizationId,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        store.insert(tx, at, actor, action, subject, organizationId, before, after);
    }
}
