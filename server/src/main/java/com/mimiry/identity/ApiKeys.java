package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Fields;
import com.mimiry.api.Queries;
import com.mimiry.identity.ApiKeyStore.ApiKey;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Secret;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Bearers for machines: random, shown once, kept as a hash. */
@Singleton
class ApiKeys {
    private static final int TITLE_LENGTH_MAX = 100;
    private static final int PREFIX_LENGTH = 12;
    private static final long LIFE_SECONDS_MAX = 10L * 366 * 24 * 3600;

    private final ApiKeyStore store = new ApiKeyStore();
    private final AuditLog audit = new AuditLog();
    private final Database database;
    private final Clock clock;
    private final Ids ids;

    ApiKeys(Database database, Clock clock, Ids ids) {
        this.database = database;
        this.clock = clock;
        this.ids = ids;
    }

    record Made(ApiKey key, Secret secret) {}

    List<ApiKey> ofUser(UUID userId) {
        return database.read(tx -> store.ofUser(tx, userId));
    }

    /** @param expiresIn seconds; null = never */
    Made create(Caller caller, @Nullable String title, @Nullable List<String> scopes, @Nullable Long expiresIn) {
        if (expiresIn != null && (expiresIn <= 0 || expiresIn > LIFE_SECONDS_MAX)) {
            throw ApiException.invalidField(
                    "expires_in", "expires_in must be 1 to " + LIFE_SECONDS_MAX + " seconds, or absent for no end.");
        }
        String secret = Bearers.API_KEY_START + Secrets.text();
        Instant now = clock.instant();
        ApiKey key = new ApiKey(
                ids.next(),
                caller.userId(),
                Fields.text("title", title, 1, TITLE_LENGTH_MAX),
                secret.substring(0, PREFIX_LENGTH),
                scopes(caller, scopes),
                now,
                expiresIn == null ? null : now.plusSeconds(expiresIn));
        database.useTransaction(tx -> {
            if (store.ofUser(tx, caller.userId()).size() >= ApiKeyStore.KEYS_PER_USER_MAX) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "There are " + ApiKeyStore.KEYS_PER_USER_MAX + " API keys already; revoke one first.");
            }
            store.insert(tx, key, Secrets.hash(secret));
            audit.record(tx, now, Actor.of(caller), "api_key.create", key.id().toString(), null, null, shown(key));
        });
        return new Made(key, new Secret(secret));
    }

    /** It fails from now on. */
    void revoke(Caller caller, UUID id) {
        database.useTransaction(tx -> {
            ApiKey key = store.byId(tx, caller.userId(), id).orElseThrow(() -> Queries.notFound("API key"));
            Instant now = clock.instant();
            store.revoke(tx, id, now);
            audit.record(tx, now, Actor.of(caller), "api_key.revoke", id.toString(), null, shown(key), null);
        });
    }

    /** A key cannot be given more than the caller's own bearer may do. */
    private static Set<String> scopes(Caller caller, @Nullable List<String> wanted) {
        if (wanted == null || wanted.isEmpty()) {
            throw ApiException.invalidField(
                    "scopes", "scopes must name at least one of " + String.join(", ", Scopes.KNOWN) + ".");
        }
        for (int i = 0; i < wanted.size(); i++) {
            if (!Scopes.KNOWN.contains(String.valueOf(wanted.get(i)))) {
                String field = "scopes[" + i + "]";
                throw ApiException.invalidField(
                        field, field + " must be one of " + String.join(", ", Scopes.KNOWN) + ".");
            }
        }
        if (!caller.scopes().contains(Scopes.ALL) && !caller.scopes().containsAll(wanted)) {
            throw new ApiException(ErrorCode.FORBIDDEN, "An API key cannot make keys with more scopes than its own.");
        }
        return wanted.stream().collect(Collectors.toUnmodifiableSet());
    }

    private static Map<String, ?> shown(ApiKey key) {
        return Map.of("user_id", key.userId(), "title", key.title(), "prefix", key.prefix(), "scopes", key.scopes());
    }
}
