package com.mimiry.sessions;

import com.mimiry.identity.OrganizationInUse;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.UUID;

/** An organization with sessions that are not over cannot be deleted: somebody has to pay for them. */
@Singleton
final class SessionsInUse implements OrganizationInUse {
    private final SessionReadStore reads = new SessionReadStore();

    @Override
    public List<String> uses(Transaction tx, UUID organizationId) {
        long live = reads.countLive(tx, organizationId);
        return live == 0 ? List.of() : List.of(live == 1 ? "1 session" : live + " sessions");
    }
}
