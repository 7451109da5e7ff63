package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.util.UUID;

/** A feature that ends what runs in an organization when that is suspended; implement it as a bean. */
@FunctionalInterface
public interface OrganizationSuspended {
    /**
     * Called in the transaction that suspends or lifts that: schedule the work there, do not do it.
     *
     * @param suspended false where the suspension is lifted
     */
    void changed(Transaction tx, UUID organizationId, boolean suspended);
}
