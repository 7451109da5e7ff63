package com.mimiry.identity;

import com.mimiry.api.ApiConfig;
import com.mimiry.api.RateLimiter;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How many requests a user may make; generous, since field clients poll and do not retry. */
@Singleton
class RequestRates {
    private final @Nullable RateLimiter requests;

    RequestRates(Clock clock, ApiConfig config) {
        int rate = config.userRequestsPerSecond();
        this.requests = rate == 0 ? null : new RateLimiter(clock, rate, Duration.ofSeconds(1), 2 * rate);
    }

    /** @throws com.mimiry.api.ApiException 429 where the user has made too many */
    void spend(Caller caller) {
        if (requests != null) {
            requests.spend(caller.userId().toString()).ifPresent(wait -> {
                throw RateLimiter.refusal(wait, "Too many requests; slow down.");
            });
        }
    }
}
