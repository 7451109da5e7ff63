package com.mimiry.providers.docker;

import com.mimiry.platform.TestConfig;
import java.util.HashMap;
import java.util.Map;

/** Configuration for tests, with no tool of the machine that the tests run on asked for GPUs. */
final class Configs {
    private Configs() {}

    static DockerConfig docker(String... keysAndValues) {
        Map<String, String> properties = new HashMap<>();
        properties.put("mimiry.docker.nvidia-smi", "/nonexistent/nvidia-smi");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.put("mimiry.docker." + keysAndValues[i], keysAndValues[i + 1]);
        }
        return TestConfig.of(DockerConfig.class, properties);
    }
}
