package com.mimiry.providers.docker;

import com.mimiry.containers.EngineException;
import com.mimiry.providers.ProviderFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Asks all hosts at once: one that is slow or dead delays the answers of the others by no more than its patience. */
final class SideBySide {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Duration patience;

    /** @param patience after which a host counts as silent and its question is broken off */
    SideBySide(Duration patience) {
        this.patience = patience;
    }

    /** What one host said. */
    sealed interface Answer<T> {
        record Given<T>(T value) implements Answer<T> {}

        record Silence<T>(String words) implements Answer<T> {}
    }

    /** One answer for each, in their order. Other failures than that it does not answer are thrown. */
    <H, T> Map<H, Answer<T>> ask(Collection<H> hosts, Function<H, T> question) {
        List<H> order = List.copyOf(hosts);
        List<Callable<T>> questions = new ArrayList<>();
        order.forEach(host -> questions.add(() -> question.apply(host)));
        try {
            List<Future<T>> futures = threads.invokeAll(questions, patience.toMillis(), TimeUnit.MILLISECONDS);
            Map<H, Answer<T>> answers = new LinkedHashMap<>();
            for (int i = 0; i < order.size(); i++) {
                answers.put(order.get(i), answer(futures.get(i)));
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderFailure.Unavailable("interrupted while the docker hosts were asked", e);
        }
    }

    private <T> Answer<T> answer(Future<T> future) throws InterruptedException {
        try {
            return new Answer.Given<>(future.get());
        } catch (CancellationException _) {
            return new Answer.Silence<>("no answer within " + patience);
        } catch (ExecutionException e) {
            return switch (e.getCause()) {
                case EngineException silence -> new Answer.Silence<>(silence.words());
                case ProviderFailure.Unavailable silence -> new Answer.Silence<>(String.valueOf(silence.getMessage()));
                case RuntimeException failure -> throw failure;
                case null, default -> throw new IllegalStateException(e);
            };
        }
    }
}
