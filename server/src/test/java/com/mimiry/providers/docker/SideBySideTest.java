package com.mimiry.providers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.containers.EngineException;
import com.mimiry.providers.docker.SideBySide.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class SideBySideTest {
    private final SideBySide hosts = new SideBySide(Duration.ofSeconds(1));

    @Test
    void hosts_are_asked_at_the_same_time() {
        CyclicBarrier all = new CyclicBarrier(3);
        Map<String, Answer<String>> answers = hosts.ask(List.of("c", "a", "b"), host -> {
            awaitAll(all);
            return host + "!";
        });
        assertThat(answers.keySet()).containsExactly("c", "a", "b");
        assertThat(answers).containsEntry("a", new Answer.Given<>("a!"));
    }

    private static void awaitAll(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void one_that_hangs_is_broken_off_and_one_that_fails_says_why_while_the_others_answer() {
        CountDownLatch never = new CountDownLatch(1);
        long began = System.nanoTime();
        Map<String, Answer<String>> answers = hosts.ask(List.of("well", "hung", "dead"), host -> switch (host) {
            case "hung" -> {
                hang(never);
                yield host;
            }
            case "dead" -> throw new EngineException.Unreachable("connection refused", null);
            default -> host;
        });
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
        assertThat(answers)
                .containsEntry("well", new Answer.Given<>("well"))
                .containsEntry("hung", new Answer.Silence<>("no answer within PT1S"))
                .containsEntry("dead", new Answer.Silence<>("connection refused"));
    }

    private static void hang(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_fault_of_our_own_is_no_silence() {
        assertThatThrownBy(() -> hosts.ask(List.of("a"), _ -> {
                    throw new IllegalArgumentException("ours");
                }))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
