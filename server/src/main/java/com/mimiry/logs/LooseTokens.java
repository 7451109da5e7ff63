package com.mimiry.logs;

import com.mimiry.platform.Database;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tokens that nobody here writes with, and that may still stand in the database: what was to give them back, or had just
 * taken them, got no answer. They would keep everybody out for as long as this replica lives.
 */
final class LooseTokens {
    private final Map<UUID, UUID> sessionByToken = new ConcurrentHashMap<>();

    void add(UUID sessionId, UUID token) {
        sessionByToken.put(token, sessionId);
    }

    /** Gives them back; repeated until the database has said so. */
    void release(Database database, LogStore store, Clock clock) {
        sessionByToken.forEach((token, sessionId) -> {
            database.useTransaction(tx -> store.release(tx, sessionId, token, clock.instant()));
            sessionByToken.remove(token);
        });
    }
}
