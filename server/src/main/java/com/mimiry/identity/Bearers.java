package com.mimiry.identity;

import com.mimiry.platform.Database;
import com.mimiry.platform.SharedReads;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds out who a bearer is, asking the database each time: what is revoked fails at once. */
@Singleton
class Bearers {
    static final String API_KEY_START = "mky_";
    private static final String SCHEME = "Bearer ";
    private static final int LENGTH_MAX = 4_096;

    private final BearerStore store = new BearerStore();
    private final Database database;
    private final Clock clock;
    private final Tokens tokens;
    private final SharedReads<UUID, Caller> bySshKey;

    Bearers(Database database, Clock clock, Tokens tokens) {
        this.database = database;
        this.clock = clock;
        this.tokens = tokens;
        this.bySshKey = new SharedReads<>(keys -> database.lookUp(lookup -> store.bySshKeys(lookup, keys)));
    }

    /** @param authorization the header's value; null where there is none */
    Optional<Caller> caller(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        String bearer = authorization.substring(SCHEME.length()).strip();
        if (bearer.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        if (bearer.startsWith(API_KEY_START)) {
            return database.read(tx -> store.byApiKey(tx, Secrets.hash(bearer), clock.instant()));
        }
        return tokens.read(bearer)
                .flatMap(claims -> bySshKey.get(claims.sshKeyId())
                        .filter(caller -> caller.userId().equals(claims.userId())));
    }
}
