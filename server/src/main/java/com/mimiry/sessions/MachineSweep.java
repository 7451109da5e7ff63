package com.mimiry.sessions;

import com.mimiry.platform.Database;
import com.mimiry.providers.Provider;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Destroys machines that carry our deployment's tag and belong to no live row: what a replica made after another had
 * already taken the session over. Young machines and incomplete listings are left alone.
 */
@Singleton
final class MachineSweep implements Reconciler.Steps {
    private static final Logger LOG = Logger.getLogger(MachineSweep.class);
    private static final UUID ONLY = new UUID(0, 1);
    private static final Duration EVERY = Duration.ofSeconds(60);
    private static final Duration AGE_MIN = Duration.ofMinutes(2);

    private final Database database;
    private final AttemptStore attempts = new AttemptStore();
    private final MachineListings providers;
    private final Clock clock;

    MachineSweep(Database database, MachineListings providers, Clock clock) {
        this.database = database;
        this.providers = providers;
        this.clock = clock;
    }

    void begin(@Observes @Priority(100) StartupEvent event, Reconciler reconciler) {
        database.useTransaction(tx -> reconciler.begin(tx, kind(), ONLY));
    }

    @Override
    public String kind() {
        return "machine-sweep";
    }

    @Override
    public Next step(UUID id) {
        for (Provider provider : providers.providers()) {
            try {
                sweep(provider);
            } catch (ProviderFailure e) {
                LOG.warnf("provider %s was not swept: %s", provider.name(), e.getMessage());
            }
        }
        return new Next.After(EVERY);
    }

    private void sweep(Provider provider) {
        Instant bornBefore = clock.instant().minus(AGE_MIN);
        // The rows after the listing: a machine listed without a row cannot have got one in between.
        var machines = providers.machines(provider);
        Set<UUID> live = Set.copyOf(database.read(tx -> attempts.liveTags(tx, provider.name())));
        for (Machine machine : machines.values()) {
            if (!live.contains(machine.tag()) && machine.launchedAt().isBefore(bornBefore)) {
                LOG.warnf(
                        "destroying machine %s at %s: it carries our tag and belongs to no session",
                        machine.reference(), provider.name());
                destroy(provider, machine);
            }
        }
    }

    /** One machine on a silent host keeps no other from its end. */
    private static void destroy(Provider provider, Machine machine) {
        try {
            provider.destroy(machine.tag());
        } catch (ProviderFailure e) {
            LOG.warnf("machine %s at %s is not gone yet: %s", machine.reference(), provider.name(), e.getMessage());
        }
    }
}
