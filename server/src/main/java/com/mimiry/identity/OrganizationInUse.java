package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.util.List;
import java.util.UUID;

/** A feature that can say why an organization must not be deleted yet; implement it as a bean. */
@FunctionalInterface
public interface OrganizationInUse {
    /** What lives in the organization, one short phrase each, such as {@code 2 sessions}; empty = nothing. */
    List<String> uses(Transaction tx, UUID organizationId);
}
