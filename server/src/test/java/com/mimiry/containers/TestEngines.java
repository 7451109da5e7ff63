package com.mimiry.containers;

import java.time.Duration;
import java.util.UUID;

/** Engine clients for the tests of other features. */
public final class TestEngines {
    private TestEngines() {}

    /** Clients of real engines, with the patience of production. */
    public static Engines real() {
        return new SharedEngines(
                new ContainersConfig() {
                    @Override
                    public Duration callTimeout() {
                        return Duration.ofSeconds(60);
                    }

                    @Override
                    public Duration streamSilence() {
                        return Duration.ofMinutes(5);
                    }

                    @Override
                    public int readyNetworks() {
                        return 0;
                    }
                },
                UUID::randomUUID);
    }
}
