package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedReadsTest {
    @Test
    void an_answer_comes_from_a_query_that_began_after_it_was_asked_for() throws Exception {
        AtomicInteger world = new AtomicInteger();
        SharedReads<String, Integer> reads = new SharedReads<>(keys -> {
            int seen = world.get();
            pause(2);
            return keys.stream().collect(Collectors.toMap(key -> key, _ -> seen));
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> fresh = IntStream.range(0, 2_000)
                    .mapToObj(i -> threads.submit(() -> {
                        int before = world.incrementAndGet();
                        return reads.get("key " + i % 7).orElseThrow() >= before;
                    }))
                    .toList();
            for (Future<Boolean> one : fresh) {
                assertThat(one.get()).isTrue();
            }
        }
    }

    @Test
    void those_who_ask_while_a_query_is_under_way_share_the_next() throws Exception {
        ConcurrentLinkedQueue<Set<Integer>> queries = new ConcurrentLinkedQueue<>();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        SharedReads<Integer, Integer> reads = new SharedReads<>(keys -> {
            queries.add(Set.copyOf(keys));
            begun.countDown();
            await(goOn);
            return keys.stream().collect(Collectors.toMap(key -> key, key -> key * 2));
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> first = threads.submit(() -> reads.get(0).orElseThrow());
            await(begun);
            List<Future<Integer>> others = IntStream.rangeClosed(1, 50)
                    .mapToObj(i -> threads.submit(() -> reads.get(i).orElseThrow()))
                    .toList();
            goOn.countDown();
            assertThat(first.get()).isZero();
            for (int i = 0; i < others.size(); i++) {
                assertThat(others.get(i).get()).isEqualTo((i + 1) * 2);
            }
        }
        assertThat(queries.size()).isLessThan(51);
        assertThat(queries.stream().mapToInt(Set::size).sum()).isEqualTo(51);
    }

    @Test
    void what_the_query_throws_reaches_everybody_and_the_next_ask_tries_again() {
        AtomicInteger tries = new AtomicInteger();
        SharedReads<String, String> reads = new SharedReads<>(keys -> {
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("down");
            }
            return Map.of("a", "b");
        });
        assertThatThrownBy(() -> reads.get("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("down");
        assertThat(reads.get("a")).contains("b");
        assertThat(reads.get("c")).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
