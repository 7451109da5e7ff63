package com.mimiry.providers.verda;

import com.mimiry.providers.ProviderFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The kinds of instance that Verda sells, as last told; what an offer was made of is launched by it. */
final class VerdaCatalog {
    private static final Logger LOG = Logger.getLogger(VerdaCatalog.class);

    private static final Duration IMAGES_FRESH_FOR = Duration.ofHours(1);

    private final VerdaApi api;
    private final @Nullable String wantedImage;
    private final Clock clock;
    private final AtomicReference<Set<String>> images = new AtomicReference<>(Set.of());
    private final AtomicReference<Instant> imagesAskedAt = new AtomicReference<>(Instant.MIN);
    private final AtomicReference<List<VerdaKind>> told = new AtomicReference<>(List.of());

    /** @param wantedImage the operator's choice; null = none */
    VerdaCatalog(VerdaApi api, @Nullable String wantedImage, Clock clock) {
        this.api = api;
        this.wantedImage = wantedImage;
        this.clock = clock;
    }

    List<VerdaKind> ask() {
        var entries = api.instanceTypes();
        Set<String> offered = images();
        List<VerdaKind> kinds = entries.stream()
                .map(VerdaKind::of)
                .flatMap(Optional::stream)
                .map(kind -> kind.with(offered))
                .toList();
        if (kinds.isEmpty() && !entries.isEmpty()) {
            throw new ProviderFailure.Unavailable(
                    "none of verda's %d kinds of instance has a price in euro".formatted(entries.size()), null);
        }
        if (told.getAndSet(kinds).isEmpty()) {
            LOG.infof("verda sells %d kinds of instance", kinds.size());
        }
        return kinds;
    }

    /** The types of those that are offered, as last told; empty = never told, and then what kinds support has to do. */
    private Set<String> images() {
        Instant now = clock.instant();
        Instant last = imagesAskedAt.get();
        if (now.isBefore(last.plus(IMAGES_FRESH_FOR)) || !imagesAskedAt.compareAndSet(last, now)) {
            return images.get();
        }
        try {
            Set<String> offered =
                    api.images().stream().map(VerdaApi.Image::type).collect(Collectors.toUnmodifiableSet());
            if (wantedImage != null && !offered.contains(wantedImage)) {
                LOG.warnf(
                        "verda has no image %s (mimiry.providers.verda.image); each machine gets the newest with Docker."
                                + " There are: %s",
                        wantedImage, offered);
            }
            images.set(offered);
        } catch (ProviderFailure e) {
            LOG.infof("verda does not tell its images: %s", e.getMessage());
        }
        return images.get();
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
