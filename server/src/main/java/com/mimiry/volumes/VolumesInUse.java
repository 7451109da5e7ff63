package com.mimiry.volumes;

import com.mimiry.identity.OrganizationInUse;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.UUID;

/** An organization with volumes cannot be deleted: they hold data, and somebody has to pay for them. */
@Singleton
final class VolumesInUse implements OrganizationInUse {
    private final VolumeStore store = new VolumeStore();

    @Override
    public List<String> uses(Transaction tx, UUID organizationId) {
        long live = store.countLive(tx, organizationId);
        return live == 0 ? List.of() : List.of(live == 1 ? "1 volume" : live + " volumes");
    }
}
