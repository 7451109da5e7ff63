package com.mimiry.identity;

import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Joins organizations with the features that have a say in their end. */
final class OrganizationHooks {
    private OrganizationHooks() {}

    @Produces
    @Singleton
    static OrganizationChanges changes(
            Database database,
            Clock clock,
            Ids ids,
            @Any Instance<OrganizationInUse> inUse,
            @Any Instance<OrganizationSuspended> onSuspension) {
        return new OrganizationChanges(database, clock, ids, inUse, onSuspension);
    }
}
