package com.mimiry.api;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Token buckets, one per key, in the memory of this replica. The lock guards the map and every bucket; each call is a few
 * arithmetic operations. The least recently used keys are forgotten, which only ever errs on the lenient side.
 */
public final class RateLimiter {
    private static final int KEYS_MAX = 20_000;

    private final InstantSource clock;
    private final double tokensPerMilli;
    private final double burst;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > KEYS_MAX;
        }
    };

    /**
     * @param tokens refilled evenly over {@code period}
     * @param burst how many may be spent at once
     */
    public RateLimiter(InstantSource clock, double tokens, Duration period, int burst) {
        this.clock = clock;
        this.tokensPerMilli = tokens / period.toMillis();
        this.burst = burst;
    }

    /** Spends a token, or says how long until there is one. */
    public Optional<Duration> spend(String key) {
        synchronized (buckets) {
            Bucket bucket = refilled(key);
            if (bucket.tokens >= 1) {
                bucket.tokens--;
                return Optional.empty();
            }
            return Optional.of(untilOne(bucket));
        }
    }

    /** How long until there is a token; empty where there is one now. Spends nothing. */
    public Optional<Duration> blocked(String key) {
        synchronized (buckets) {
            Bucket bucket = refilled(key);
            return bucket.tokens >= 1 ? Optional.empty() : Optional.of(untilOne(bucket));
        }
    }

    /** The 429 that tells the caller when to come back. */
    public static ApiException refusal(Duration wait, String message) {
        long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
        return new ApiException(ErrorCode.RATE_LIMITED, message, Map.of("retry_after_seconds", seconds));
    }

    private Bucket refilled(String key) {
        long now = clock.millis();
        Bucket bucket = buckets.computeIfAbsent(key, _ -> new Bucket(burst, now));
        bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.millis) * tokensPerMilli);
        bucket.millis = now;
        return bucket;
    }

    private Duration untilOne(Bucket bucket) {
        return Duration.ofMillis((long) Math.ceil((1 - bucket.tokens) / tokensPerMilli));
    }

    private static final class Bucket {
        private double tokens;
        private long millis;

        Bucket(double tokens, long millis) {
            this.tokens = tokens;
            this.millis = millis;
        }
    }
}
