package com.mimiry.providers;

import com.mimiry.containers.EngineAddress;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** As {@link WatchedProvider}, before an adapter's volumes: how their calls end is the provider's health too. */
final class WatchedVolumes implements VolumeProvider {
    private final Provider provider;
    private final VolumeProvider delegate;
    private final ProviderHealth health;

    WatchedVolumes(Provider provider, VolumeProvider delegate, ProviderHealth health) {
        this.provider = provider;
        this.delegate = delegate;
        this.health = health;
    }

    private <T> T call(Supplier<T> call) {
        return health.call(provider, call);
    }

    private void run(Runnable call) {
        health.call(provider, () -> {
            call.run();
            return Boolean.TRUE;
        });
    }

    @Override
    public List<Place> places() {
        return call(delegate::places);
    }

    @Override
    public Held create(Request request) {
        return call(() -> delegate.create(request));
    }

    @Override
    public List<Held> volumes() {
        return call(delegate::volumes);
    }

    @Override
    public Listing listing() {
        return call(delegate::listing);
    }

    @Override
    public void resize(UUID tag, int sizeGb) {
        run(() -> delegate.resize(tag, sizeGb));
    }

    @Override
    public Optional<String> lostBecause(UUID tag) {
        return delegate.lostBecause(tag);
    }

    @Override
    public void destroy(UUID tag) {
        run(() -> delegate.destroy(tag));
    }

    @Override
    public boolean attachable(String reference, String location, Offer offer) {
        return delegate.attachable(reference, location, offer);
    }

    @Override
    public List<String> mount(UUID machine, EngineAddress engine, List<UUID> volumes) {
        return call(() -> delegate.mount(machine, engine, volumes));
    }
}
