package com.mimiry.catalog;

import com.mimiry.platform.Database;
import com.mimiry.providers.Provider;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/** The real market over providers that a simulation makes. */
public final class SimulatedMarket {
    private SimulatedMarket() {}

    /** @param properties by full name, such as {@code mimiry.market.margin} */
    public static Market of(
            List<Provider> providers,
            GpuCatalog catalog,
            Database database,
            Clock clock,
            Map<String, String> properties) {
        return new Market(providers, catalog, Configs.market(properties), database, clock);
    }
}
