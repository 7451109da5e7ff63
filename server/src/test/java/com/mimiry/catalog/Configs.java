package com.mimiry.catalog;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;

/** Configuration for tests, read as in production. */
final class Configs {
    private Configs() {}

    static MarketConfig market(Map<String, String> properties) {
        return new SmallRyeConfigBuilder()
                .withMapping(MarketConfig.class)
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .withSources(new PropertiesConfigSource(properties, "test", 100))
                .build()
                .getConfigMapping(MarketConfig.class);
    }
}
