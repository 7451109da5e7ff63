package com.mimiry.providers;

import jakarta.annotation.Priority;
import jakarta.decorator.Decorator;
import jakarta.decorator.Delegate;
import jakarta.enterprise.inject.Any;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Stands before every adapter, and has {@link ProviderHealth} note how each call ends. Has every method of the interface:
 * of one that it lacked, callers would get the interface's default in place of the adapter's own.
 */
@Decorator
@Priority(100)
abstract class WatchedProvider implements Provider {
    private final Provider delegate;
    private final ProviderHealth health;

    WatchedProvider(@Any @Delegate Provider delegate, ProviderHealth health) {
        this.delegate = delegate;
        this.health = health;
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public Duration offersFreshFor() {
        return delegate.offersFreshFor();
    }

    @Override
    public Optional<Instant> leftAloneUntil() {
        return delegate.leftAloneUntil();
    }

    @Override
    public Optional<Rate> rate() {
        return delegate.rate();
    }

    @Override
    public Optional<VolumeProvider> volumes() {
        return delegate.volumes().map(volumes -> new WatchedVolumes(delegate, volumes, health));
    }

    @Override
    public List<Offer> offers() {
        return health.call(delegate, delegate::offers);
    }

    @Override
    public Machine launch(LaunchRequest request) {
        return health.call(delegate, () -> delegate.launch(request));
    }

    @Override
    public List<Machine> machines() {
        return health.call(delegate, delegate::machines);
    }

    @Override
    public Listing listing() {
        return health.call(delegate, delegate::listing);
    }

    @Override
    public void destroy(UUID tag) {
        health.call(delegate, () -> {
            delegate.destroy(tag);
            return Boolean.TRUE;
        });
    }
}
