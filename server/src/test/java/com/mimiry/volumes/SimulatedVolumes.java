package com.mimiry.volumes;

import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.Billing;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.TestConfig;
import com.mimiry.providers.Holdings;
import com.mimiry.providers.Provider;
import com.mimiry.reconcile.Reconciler;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The real volumes, put together by hand: one life of one server, for a simulation. */
public final class SimulatedVolumes {
    private final Volumes volumes;
    private final VolumeSteps steps;
    private final VolumeHoldings holdings;

    /** What a server is made of, besides what is in this package. */
    public record Parts(
            Database database,
            Clock clock,
            Ids ids,
            List<Provider> providers,
            Billing billing,
            Organizations organizations,
            IdempotencyKeys idempotencyKeys,
            Reconciler reconciler) {}

    /** @param properties by full name, such as {@code mimiry.volumes.absence-gap} */
    public SimulatedVolumes(Parts parts, Map<String, String> properties) {
        VolumeConfig config = TestConfig.of(VolumeConfig.class, properties);
        VolumeProviders providers = new VolumeProviders(parts.providers(), parts.clock());
        VolumePrices prices = new VolumePrices(config);
        this.volumes = new Volumes(
                parts.database(),
                new PlaceChoice(providers, prices),
                prices,
                parts.organizations(),
                parts.billing(),
                parts.idempotencyKeys(),
                parts.reconciler(),
                config,
                parts.clock(),
                parts.ids());
        this.steps = new VolumeSteps(parts.database(), providers, prices, parts.billing(), config, parts.clock());
        this.holdings = new VolumeHoldings(parts.database(), providers, parts.reconciler(), config, parts.clock());
    }

    public List<Reconciler.Steps> steps() {
        return List.of(steps);
    }

    /** What the server's sweep has to know of volumes. */
    public Holdings holdings() {
        return holdings;
    }

    /** @return the volume's id */
    public UUID create(
            Caller caller, String name, int sizeGb, String provider, String location, String idempotencyKey) {
        NewVolume wanted = new NewVolume(name, BigDecimal.valueOf(sizeGb), provider, location, null, null);
        return volumes.create(caller, wanted, idempotencyKey, wanted.toString()).id();
    }

    public void grow(Caller caller, UUID id, int sizeGb) {
        volumes.grow(caller, id, "size_gb", BigDecimal.valueOf(sizeGb));
    }

    public void delete(Caller caller, UUID id) {
        volumes.delete(caller, id);
    }

    /** Whether the volume is ready to be used. */
    public boolean ready(Caller caller, UUID id) {
        Volume volume = volumes.get(caller, id);
        return volume.state() == VolumeState.PROVISIONED && !volume.deleteRequested();
    }
}
