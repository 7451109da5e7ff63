package com.mimiry.volumes;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Volumes in memory, of a provider that fails as it is told. */
final class FakeVolumes implements VolumeProvider {
    final Map<UUID, Held> held = new LinkedHashMap<>();
    final List<String> asked = new ArrayList<>();
    private final Clock clock;

    /** Thrown by the next call that would change something. */
    @Nullable ProviderFailure failure;

    /** Whether that call does its work before it fails. */
    boolean failsAfterwards;

    boolean listable = true;

    /** Of which nobody can say whether they are there. */
    final Set<UUID> hidden = new HashSet<>();

    @Nullable String lostBecause;

    FakeVolumes(Clock clock) {
        this.clock = clock;
    }

    /** The provider that has them, and no machines. */
    Provider provider() {
        return new Provider() {
            @Override
            public String name() {
                return "fake";
            }

            @Override
            public Optional<VolumeProvider> volumes() {
                return Optional.of(FakeVolumes.this);
            }

            @Override
            public List<Offer> offers() {
                return List.of();
            }

            @Override
            public Machine launch(LaunchRequest request) {
                throw new UnsupportedOperationException();
            }

            @Override
            public List<Machine> machines() {
                return List.of();
            }

            @Override
            public void destroy(UUID tag) {
                throw new UnsupportedOperationException();
            }
        };
    }

    private void change(String what, Runnable effect) {
        asked.add(what);
        ProviderFailure thrown = failure;
        failure = null;
        if (thrown == null || failsAfterwards) {
            effect.run();
        }
        if (thrown != null) {
            throw thrown;
        }
    }

    @Override
    public List<Place> places() {
        return List.of(new Place("HERE-01", "NVMe", "here", 1000, Money.ofEuros("0.02"), ""));
    }

    @Override
    public Held create(Request request) {
        change("create", () -> held.putIfAbsent(request.tag(), of(request.tag(), request.sizeGb())));
        return held.get(request.tag());
    }

    Held of(UUID tag, int sizeGb) {
        return new Held(tag, "here/" + tag, "HERE-01", sizeGb, State.READY, clock.instant());
    }

    @Override
    public List<Held> volumes() {
        if (!listable) {
            throw new ProviderFailure.Unavailable("silence", null);
        }
        return List.copyOf(held.values());
    }

    @Override
    public Listing listing() {
        List<Held> shown = volumes().stream()
                .filter(volume -> !hidden.contains(volume.tag()))
                .toList();
        return new Listing(shown, tag -> !hidden.contains(tag), hidden.isEmpty() ? "" : "a part is silent");
    }

    @Override
    public Optional<String> lostBecause(UUID tag) {
        return Optional.ofNullable(lostBecause);
    }

    @Override
    public void resize(UUID tag, int sizeGb) {
        change("resize to " + sizeGb, () -> held.put(tag, of(tag, sizeGb)));
    }

    @Override
    public void destroy(UUID tag) {
        change("destroy", () -> held.remove(tag));
    }

    @Override
    public boolean attachable(String reference, String location, Offer offer) {
        return location.equals(offer.location());
    }

    @Override
    public List<String> mount(UUID machine, EngineAddress engine, List<UUID> volumes) {
        return volumes.stream().map(tag -> "/mnt/" + tag).toList();
    }
}
