package com.mimiry.platform;

import jakarta.inject.Singleton;
import java.util.Optional;

/** Asks the database the simplest question. */
@Singleton
final class DatabaseHealth implements HealthCheck {
    private final Database database;

    DatabaseHealth(Database database) {
        this.database = database;
    }

    @Override
    public String name() {
        return "database";
    }

    @Override
    public Optional<String> problem() {
        try {
            database.useTransaction(tx -> tx.handle().execute("SELECT 1"));
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of("The database does not answer: " + e.getMessage());
        }
    }
}
