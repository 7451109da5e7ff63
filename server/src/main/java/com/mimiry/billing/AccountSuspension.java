package com.mimiry.billing;

import com.mimiry.identity.OrganizationSuspended;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.util.UUID;

/**
 * Carries an organization's suspension over to its money, where it is read under the money's own lock: nothing more is reserved,
 * and what runs must stop. Nobody else writes it there.
 */
@Singleton
public final class AccountSuspension implements OrganizationSuspended {
    private final LedgerStore accounts = new LedgerStore();

    @Override
    public void changed(Transaction tx, UUID organizationId, boolean suspended) {
        accounts.ensure(tx, organizationId);
        accounts.suspend(tx, organizationId, suspended);
    }
}
