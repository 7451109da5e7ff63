package com.mimiry.platform;

import io.quarkus.runtime.Startup;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.concurrent.locks.LockSupport;

/** Makes the platform's objects once for the whole server. */
final class PlatformBeans {
    private PlatformBeans() {}

    @Produces
    @Singleton
    static Database database(ConnectionPools pools) {
        return new Database(pools::work, pools::lookups);
    }

    @Produces
    @Singleton
    static Ids ids() {
        return Ids.random();
    }

    @Produces
    @Singleton
    static Pause pause() {
        return duration -> LockSupport.parkNanos(duration.toNanos());
    }

    /** Made at start, so that a bad key stops the start and not the first session. */
    @Produces
    @Singleton
    @Startup
    static SecretBox secretBox(PlatformConfig config) {
        return SecretBox.withKey(config.secretKey()
                .orElseThrow(() -> new StartFailure("mimiry.secret-key is not set: give 32 bytes in base64, made with"
                        + " 'openssl rand -base64 32', the same for every replica.")));
    }
}
