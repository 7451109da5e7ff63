package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.platform.Secret;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.verda.VerdaAnswers.Answer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The access token: fetched with the credentials a minute before it would expire, by one caller at a time while the others
 * wait for what that one gets. The lock guards the fields and is held while the token is fetched.
 */
final class VerdaTokens {
    private static final Duration EARLY = Duration.ofSeconds(60);

    private final VerdaHttp http;
    private final String clientId;
    private final Secret clientSecret;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Token current;

    VerdaTokens(VerdaHttp http, String clientId, Secret clientSecret, Clock clock) {
        this.http = http;
        this.clientId = clientId;
        this.clientSecret = clientSecret;
        this.clock = clock;
    }

    private record Token(Secret text, Instant renewAt) {}

    Secret get() {
        lock.lock();
        try {
            Token token = current;
            if (token == null || !clock.instant().isBefore(token.renewAt)) {
                token = fetch();
                current = token;
            }
            return token.text;
        } finally {
            lock.unlock();
        }
    }

    /** Verda did not take this token: the next caller gets a new one, unless somebody has fetched one already. */
    void refused(Secret token) {
        lock.lock();
        try {
            if (current != null && current.text.equals(token)) {
                current = null;
            }
        } finally {
            lock.unlock();
        }
    }

    private Token fetch() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("grant_type", "client_credentials");
        body.put("client_id", clientId);
        body.put("client_secret", clientSecret.reveal());
        Instant asked = clock.instant();
        Answer answer = http.send("POST", "/oauth2/token", null, body);
        if (answer.status() == 400 || answer.status() == 401 || answer.status() == 403) {
            throw new ProviderFailure.Unauthorized("verda does not accept the credentials: "
                    + VerdaAnswers.words(answer.body()).message());
        }
        if (!answer.isSuccess()) {
            throw VerdaAnswers.failure(answer, false);
        }
        JsonNode json = VerdaAnswers.json(answer);
        String text = json.path("access_token").asText("");
        if (text.isEmpty()) {
            // Not the body: a token under another name would be in it.
            throw new ProviderFailure.Unavailable("verda answered without an access token", null);
        }
        long life = Math.max(0, json.path("expires_in").asLong(0));
        Duration usable = Duration.ofSeconds(life).minus(EARLY);
        return new Token(new Secret(text), asked.plus(usable.isNegative() ? Duration.ZERO : usable));
    }
}
