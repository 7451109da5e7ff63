package com.mimiry.providers.verda;

import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns Verda's catalogue and availability into offers: pure. */
final class VerdaOffers {
    private static final String SPOT = ":spot";

    private final VerdaConfig config;

    VerdaOffers(VerdaConfig config) {
        this.config = config;
    }

    /** The name of a kind as an offer refers to it; spot is one of its own, since it is tried on its own. */
    static String reference(String kind, boolean spot) {
        return spot ? kind + SPOT : kind;
    }

    static String kind(Offer offer) {
        String reference = offer.reference();
        return offer.spot() && reference.endsWith(SPOT)
                ? reference.substring(0, reference.length() - SPOT.length())
                : reference;
    }

    /**
     * @param onDemand kinds to be had now, by location
     * @param spot the same of those that Verda may take back; empty where none are wanted
     */
    List<Offer> offers(List<VerdaKind> kinds, Map<String, Set<String>> onDemand, Map<String, Set<String>> spot) {
        Set<String> locations = new TreeSet<>(onDemand.keySet());
        locations.addAll(spot.keySet());
        config.locations().ifPresent(locations::retainAll);
        List<Offer> offers = new ArrayList<>();
        for (VerdaKind kind : kinds) {
            boolean usable = VerdaImages.choose(
                            kind.images(), kind.gpus(), config.image().orElse(null))
                    .isPresent();
            if (!usable || (kind.gpus() == 0 && !config.cpuOnly())) {
                continue;
            }
            for (String location : locations) {
                add(offers, kind, location, kind.price(), onDemand, false);
                if (config.spot()) {
                    add(offers, kind, location, kind.spotPrice(), spot, true);
                }
            }
        }
        return offers;
    }

    private void add(
            List<Offer> offers,
            VerdaKind kind,
            String location,
            @Nullable Money price,
            Map<String, Set<String>> available,
            boolean spot) {
        if (price == null) {
            return;
        }
        offers.add(new Offer(
                VerdaProvider.NAME,
                location,
                reference(kind.name(), spot),
                kind.gpuText(),
                kind.gpuMemoryMib(),
                kind.gpus(),
                kind.gpus(),
                price,
                kind.vcpus(),
                kind.memoryMib(),
                OptionalInt.empty(),
                available.getOrDefault(location, Set.of()).contains(kind.name()),
                spot,
                config.simulated() && kind.gpus() > 0));
    }
}
