package com.mimiry.providers.docker;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;

/** Configuration for tests, read as in production; no tool of the machine that the tests run on is asked for GPUs. */
final class Configs {
    private Configs() {}

    static DockerConfig docker(String... keysAndValues) {
        Map<String, String> properties = new HashMap<>();
        properties.put("mimiry.docker.nvidia-smi", "/nonexistent/nvidia-smi");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.put("mimiry.docker." + keysAndValues[i], keysAndValues[i + 1]);
        }
        return new SmallRyeConfigBuilder()
                .withMapping(DockerConfig.class)
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .withSources(new PropertiesConfigSource(properties, "test", 100))
                .build()
                .getConfigMapping(DockerConfig.class);
    }
}
