package com.mimiry.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Turns that replicas share through the database. */
class ProviderPaceTest {
    private static final Duration GAP = Duration.ofMillis(120);

    private final Database database = TestDatabase.create();

    @Test
    void replicas_together_make_one_call_a_gap() throws Exception {
        List<ProviderPace> replicas = List.of(pace("launches", GAP), pace("launches", GAP));
        List<Long> turns = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Long>> calls = IntStream.range(0, 8)
                    .<Callable<Long>>mapToObj(i -> () -> {
                        replicas.get(i % 2).await();
                        return System.nanoTime();
                    })
                    .toList();
            for (Future<Long> turn : threads.invokeAll(calls)) {
                turns.add(turn.get());
            }
        }
        turns.sort(null);
        // A thread may wake late, never early: between the first and any later turn lie all the gaps.
        for (int i = 1; i < turns.size(); i++) {
            assertThat(Duration.ofNanos(turns.get(i) - turns.getFirst()))
                    .isGreaterThan(GAP.multipliedBy(i).minusMillis(60));
        }
    }

    @Test
    void one_launch_in_twelve_seconds_is_one_for_all_replicas_and_who_would_wait_too_long_is_told() {
        Duration gap = Duration.ofSeconds(12);
        pace("launches", gap).await();
        ProviderPace other = pace("launches", gap);
        assertThatThrownBy(other::await)
                .isInstanceOfSatisfying(
                        ProviderFailure.RateLimited.class,
                        limited -> assertThat(limited.retryAfter()).isBetween(Duration.ofSeconds(9), gap));
        assertThat(other.tryWithin()).isFalse();
        // Those who were refused took no turn.
        assertThat(other.queue()).isBetween(Duration.ofSeconds(9), gap);
    }

    @Test
    void kinds_of_calls_do_not_wait_for_each_other() {
        pace("launches", Duration.ofHours(1)).await();
        assertThat(pace("lists", Duration.ofHours(1)).tryWithin()).isTrue();
    }

    @Test
    void a_pause_that_the_provider_asks_for_holds_up_everybody() {
        pace("lists", GAP).hold(Duration.ofMinutes(1));
        assertThat(pace("lists", GAP).tryWithin()).isFalse();
    }

    private ProviderPace pace(String kind, Duration gap) {
        return new ProviderPace(database, "account", kind, gap, Duration.ofSeconds(2));
    }
}
