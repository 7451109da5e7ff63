package com.mimiry.catalog;

import com.mimiry.platform.TestConfig;
import java.util.Map;

/** Configuration for tests. */
final class Configs {
    private Configs() {}

    static MarketConfig market(Map<String, String> properties) {
        return TestConfig.of(MarketConfig.class, properties);
    }
}
