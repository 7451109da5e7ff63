package com.mimiry.containers;

import com.mimiry.platform.TestConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Engine clients for the tests of other features. */
public final class TestEngines {
    private TestEngines() {}

    /** Clients of real engines, with the patience of production. */
    public static Engines real() {
        return real(_ -> Optional.empty());
    }

    /** The same, with a way to log in by SSH. */
    public static Engines real(Function<EngineAddress, Optional<SshAccess.Login>> logins) {
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
                TestConfig.of(SshTunnelConfig.class, Map.of()),
                UUID::randomUUID,
                logins);
    }
}
