package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.platform.Secret;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.verda.VerdaAnswers.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Speaks HTTP with Verda. Whatever is asked is sent once: nothing here may make a second machine out of one. */
final class VerdaHttp implements AutoCloseable {
    private static final long BODY_BYTES_MAX = 32L << 20;

    private final HttpClient client;
    private final URI base;
    private final Duration timeout;
    private final Clock clock;
    private final VerdaCircuit circuit;

    VerdaHttp(URI base, Duration timeout, Clock clock, VerdaCircuit circuit) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.base = base;
        this.timeout = timeout;
        this.clock = clock;
        this.circuit = circuit;
    }

    /**
     * One call and its answer, whatever its status.
     *
     * @param path with the query, beginning with a slash
     * @throws ProviderFailure.RateLimited when nothing was sent, because nobody has answered lately
     * @throws ProviderFailure.Unavailable when there was no answer in time: nothing is known then
     */
    Answer send(String method, String path, @Nullable Secret token, @Nullable JsonNode body) {
        circuit.requireClosed();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(timeout)
                .header("Accept", "application/json")
                .header("User-Agent", "mimiry")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token.reveal());
        }
        try {
            Answer answer = answer(await(method + " " + path, request.build()));
            circuit.answered();
            return answer;
        } catch (ProviderFailure.Unavailable e) {
            circuit.silent();
            throw e;
        }
    }

    /** The client's own timeout ends with the head of an answer; a body that never ends must not hold us either. */
    private HttpResponse<String> await(String what, HttpRequest request) {
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), BODY_BYTES_MAX));
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new ProviderFailure.Unavailable("verda did not answer %s within %s".formatted(what, timeout), e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ProviderFailure.Unavailable(
                    "verda gave no answer to %s: %s".formatted(what, words(cause)), cause);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new ProviderFailure.Unavailable("interrupted while verda was asked " + what, e);
        }
    }

    private Answer answer(HttpResponse<String> response) {
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers().firstValue("Retry-After").map(this::pause).orElse(null),
                response.headers()
                        .firstValue("X-Total-Count")
                        .filter(text -> text.strip().matches("\\d{1,9}"))
                        .map(text -> Integer.parseInt(text.strip()))
                        .orElse(0));
    }

    /** Seconds, or a date. */
    private @Nullable Duration pause(String retryAfter) {
        String text = retryAfter.strip();
        if (text.matches("\\d{1,6}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Instant at = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration left = Duration.between(clock.instant(), at);
            return left.isNegative() ? Duration.ZERO : left;
        } catch (DateTimeParseException _) {
            return null;
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /** The library's failures to connect have no message. */
    private static String words(Throwable cause) {
        return cause instanceof ConnectException
                ? "it cannot be connected to"
                : cause instanceof IOException && cause.getMessage() != null ? cause.getMessage() : cause.toString();
    }
}
