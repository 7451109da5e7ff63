package com.mimiry.containers;

import java.time.Duration;

/** Clients of real engines, for the tests of other features. */
public final class RealEngines implements Engines {
    @Override
    public ContainerEngine connect(EngineAddress address) {
        return TestEngine.connect(address, Duration.ofSeconds(60));
    }
}
