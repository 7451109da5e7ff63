package com.mimiry.identity;

import java.time.Duration;

/** The defaults. */
record TestIdentityConfig() implements IdentityConfig {
    @Override
    public Duration tokenLifeMin() {
        return Duration.ofSeconds(60);
    }

    @Override
    public Duration tokenLifeDefault() {
        return Duration.ofHours(1);
    }

    @Override
    public Duration tokenLifeMax() {
        return Duration.ofHours(24);
    }

    @Override
    public Duration clockSkewMax() {
        return Duration.ofSeconds(300);
    }

    @Override
    public int signInsPerMinute() {
        return 600;
    }

    @Override
    public int failedSignInsPerMinute() {
        return 60;
    }

    @Override
    public int failedSignInsPerAddressPerMinute() {
        return 600;
    }

    @Override
    public Duration invitationLife() {
        return Duration.ofDays(7);
    }
}
