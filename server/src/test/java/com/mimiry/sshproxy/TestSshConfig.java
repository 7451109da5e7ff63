package com.mimiry.sshproxy;

import java.time.Duration;
import java.util.Optional;

/** The defaults, on a free port; tests override what they are about. */
class TestSshConfig implements SshConfig {
    @Override
    public boolean enabled() {
        return true;
    }

    @Override
    public String host() {
        return "0.0.0.0";
    }

    @Override
    public int port() {
        return 0;
    }

    @Override
    public Optional<String> advertisedHost() {
        return Optional.empty();
    }

    @Override
    public int maxConnections() {
        return 5000;
    }

    @Override
    public int maxUnauthenticated() {
        return 500;
    }

    @Override
    public int maxUnauthenticatedPerAddress() {
        return 100;
    }

    @Override
    public int maxChannels() {
        return 100;
    }

    @Override
    public Duration loginGraceTime() {
        return Duration.ofSeconds(60);
    }

    @Override
    public int maxAuthTries() {
        return 20;
    }

    @Override
    public Duration keepAliveInterval() {
        return Duration.ofSeconds(60);
    }

    @Override
    public int keepAlivesMissedMax() {
        return 10;
    }

    @Override
    public Duration watchInterval() {
        return Duration.ofMillis(300);
    }

    @Override
    public Duration stopGrace() {
        return Duration.ofSeconds(2);
    }
}
