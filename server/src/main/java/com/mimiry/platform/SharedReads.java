package com.mimiry.platform;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Makes one query of what many threads ask at the same moment. Who asks while a query is under way waits for the next one,
 * so an answer always comes from a query that began after it was asked for: nothing is cached, nothing is ever stale. Who
 * asks alone asks at once.
 */
public final class SharedReads<K, V> {
    /** Queries under way, each on a connection of its own; more than one only where the newest takes long. */
    private static final int AT_ONCE_MAX = 3;

    private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final int KEYS_MAX = 100;

    private final Function<Set<K>, Map<K, V>> query;

    /** Guards the fields below. */
    private final Object lock = new Object();

    private final Queue<Question<K, V>> waiting = new ArrayDeque<>();
    private int running;
    private long newestBegan;

    /** @param query gives what is there for these keys; absent keys have no entry */
    public SharedReads(Function<Set<K>, Map<K, V>> query) {
        this.query = query;
    }

    /** What is there for a key. Throws what the query throws. */
    @SuppressWarnings("ThreadPriorityCheck") // it is only ever faster or not: nothing is right or wrong by it
    public Optional<V> get(K key) {
        Question<K, V> mine = new Question<>(key, new CompletableFuture<>());
        boolean leads;
        synchronized (lock) {
            waiting.add(mine);
            leads = running == 0 || (running < AT_ONCE_MAX && System.nanoTime() - newestBegan > LONG_NANOS);
            if (leads) {
                running++;
            }
        }
        if (leads) {
            // Whoever is about to ask gets its turn first, and shares this query.
            Thread.yield();
            answerNext();
        }
        try {
            return mine.answer().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Asks for those who wait, then leaves the next ones to a thread of their own: nobody works for strangers for long. */
    private void answerNext() {
        Map<K, List<Question<K, V>>> batch = take();
        answer(batch);
        synchronized (lock) {
            if (waiting.isEmpty()) {
                running--;
                return;
            }
        }
        Thread.startVirtualThread(this::answerNext);
    }

    private Map<K, List<Question<K, V>>> take() {
        Map<K, List<Question<K, V>>> batch = new HashMap<>();
        synchronized (lock) {
            newestBegan = System.nanoTime();
            while (batch.size() < KEYS_MAX && !waiting.isEmpty()) {
                Question<K, V> next = waiting.remove();
                batch.computeIfAbsent(next.key(), _ -> new ArrayList<>()).add(next);
            }
        }
        return batch;
    }

    private void answer(Map<K, List<Question<K, V>>> batch) {
        try {
            Map<K, V> found = batch.isEmpty() ? Map.of() : query.apply(batch.keySet());
            batch.forEach((key, questions) ->
                    questions.forEach(question -> question.answer().complete(Optional.ofNullable(found.get(key)))));
        } catch (RuntimeException | Error e) {
            batch.values()
                    .forEach(questions ->
                            questions.forEach(question -> question.answer().completeExceptionally(e)));
        }
    }

    private record Question<K, V>(K key, CompletableFuture<Optional<V>> answer) {}
}
