package com.mimiry.oversight;

import com.mimiry.platform.Database;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** Sweeps each provider again and again, on whichever replica, and once more whenever the command line asks. */
@Singleton
public final class SweepSteps implements Reconciler.Steps {
    static final String KIND = "sweep";

    private final Sweeps sweeps;
    private final Duration interval;

    public SweepSteps(Sweeps sweeps, SweepConfig config) {
        this.sweeps = sweeps;
        this.interval = config.interval();
    }

    void begin(@Observes @Priority(100) StartupEvent event, Database database, Reconciler reconciler) {
        begin(database, reconciler);
    }

    /** Begins the sweeps that the timer drives. */
    public void begin(Database database, Reconciler reconciler) {
        database.useTransaction(tx -> sweeps.providers().forEach(name -> {
            reconciler.begin(tx, KIND, row(name));
            reconciler.lane(tx, KIND, row(name), name);
        }));
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Next step(UUID id) {
        Optional<String> provider =
                sweeps.providers().stream().filter(name -> row(name).equals(id)).findFirst();
        if (provider.isPresent()) {
            sweeps.sweep(provider.get(), Sweeps.TIMER, false);
            return new Next.After(interval);
        }
        // One that was asked for; or the timer of a provider that is configured no more.
        sweeps.asked(id);
        return new Next.Done();
    }

    /** Each provider's own, so that one that is slow holds up no other. */
    private static UUID row(String provider) {
        return UUID.nameUUIDFromBytes(("sweep of " + provider).getBytes(StandardCharsets.UTF_8));
    }
}
