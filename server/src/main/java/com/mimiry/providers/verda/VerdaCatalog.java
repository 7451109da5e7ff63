package com.mimiry.providers.verda;

import com.mimiry.providers.ProviderFailure;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/** The kinds of instance that Verda sells, as last told; what an offer was made of is launched by it. */
final class VerdaCatalog {
    private static final Logger LOG = Logger.getLogger(VerdaCatalog.class);

    private final VerdaApi api;
    private final AtomicReference<List<VerdaKind>> told = new AtomicReference<>(List.of());

    VerdaCatalog(VerdaApi api) {
        this.api = api;
    }

    List<VerdaKind> ask() {
        var entries = api.instanceTypes();
        List<VerdaKind> kinds =
                entries.stream().map(VerdaKind::of).flatMap(Optional::stream).toList();
        if (kinds.isEmpty() && !entries.isEmpty()) {
            throw new ProviderFailure.Unavailable(
                    "none of verda's %d kinds of instance has a price in euro".formatted(entries.size()), null);
        }
        if (told.getAndSet(kinds).isEmpty()) {
            LOG.infof("verda sells %d kinds of instance", kinds.size());
        }
        return kinds;
    }

    /** @throws ProviderFailure.InvalidRequest where it is not sold */
    VerdaKind kind(String name) {
        return find(told.get(), name)
                .or(() -> find(ask(), name))
                .orElseThrow(() -> new ProviderFailure.InvalidRequest("verda does not sell " + name + " any more"));
    }

    private static Optional<VerdaKind> find(List<VerdaKind> kinds, String name) {
        return kinds.stream().filter(kind -> kind.name().equals(name)).findFirst();
    }
}
