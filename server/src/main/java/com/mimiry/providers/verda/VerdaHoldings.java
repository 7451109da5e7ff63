package com.mimiry.providers.verda;

import com.mimiry.providers.Holdings;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Optional;

/** What Verda holds for us beside machines and volumes. */
@Singleton
final class VerdaHoldings implements Holdings {
    private final Instance<VerdaProvider> provider;

    VerdaHoldings(@Any Instance<VerdaProvider> provider) {
        this.provider = provider;
    }

    @Override
    public Optional<Inventory> look(String name) {
        return name.equals(VerdaProvider.NAME) && provider.isResolvable()
                ? Optional.of(provider.get().leftovers().look())
                : Optional.empty();
    }

    @Override
    public void settle(String name, Item item) {
        provider.get().leftovers().settle(item);
    }
}
