package com.mimiry.providers.verda;

import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.UUID;

/** Looks through what we left at Verda, again and again, on whichever replica. */
@Singleton
final class VerdaTidying implements Reconciler.Steps {
    private static final UUID ONLY = new UUID(0, 2);
    private static final Duration WITHOUT_CONFIGURATION = Duration.ofHours(1);

    private final Database database;
    private final Instance<VerdaProvider> provider;

    VerdaTidying(Database database, @jakarta.enterprise.inject.Any Instance<VerdaProvider> provider) {
        this.database = database;
        this.provider = provider;
    }

    void begin(@Observes @Priority(100) StartupEvent event, Reconciler reconciler) {
        if (provider.isResolvable()) {
            database.useTransaction(tx -> reconciler.begin(tx, kind(), ONLY));
        }
    }

    @Override
    public String kind() {
        return "verda-tidying";
    }

    @Override
    public Next step(UUID id) {
        if (!provider.isResolvable()) {
            return new Next.After(WITHOUT_CONFIGURATION);
        }
        VerdaProvider verda = provider.get();
        try {
            verda.tidy();
        } catch (ProviderFailure e) {
            verda.notTidied(e);
        }
        return new Next.After(verda.tidyInterval());
    }
}
