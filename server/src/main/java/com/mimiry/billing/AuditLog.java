package com.mimiry.billing;

import com.mimiry.platform.Ids;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who changed money or limits by hand, and why; append-only. */
final class AuditLog {
    private final Ids ids;
    private final ReportStore store = new ReportStore();

    AuditLog(Ids ids) {
        this.ids = ids;
    }

    void write(
            Transaction tx,
            UUID organizationId,
            Instant at,
            @Nullable String actor,
            String action,
            String reason,
            @Nullable String before,
            @Nullable String after) {
        store.insertAudit(
                tx,
                ids.next(),
                new AuditRow(at, actor == null ? "system" : actor, organizationId, action, reason, before, after));
    }
}
