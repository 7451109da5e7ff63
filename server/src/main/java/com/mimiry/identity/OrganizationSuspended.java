package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.util.UUID;

/** A feature that ends what runs in an organization when that is suspended or deleted; implement it as a bean. */
@FunctionalInterface
public interface OrganizationSuspended {
    /**
     * Called in the transaction that suspends, lifts that or deletes: schedule the work there, do not do it.
     *
     * @param suspended false where the suspension is lifted
     */
    void changed(Transaction tx, UUID organizationId, boolean suspended);
}
