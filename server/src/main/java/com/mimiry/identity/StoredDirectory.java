package com.mimiry.identity;

import com.mimiry.platform.Database;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.UUID;

/** The directory as the database has it. */
@Singleton
final class StoredDirectory implements Directory {
    private final UserStore users = new UserStore();
    private final OrganizationStore organizations = new OrganizationStore();
    private final Database database;

    StoredDirectory(Database database) {
        this.database = database;
    }

    @Override
    public Optional<UUID> user(String idOrName) {
        return database.read(tx -> users.find(tx, idOrName)).map(User::id);
    }

    @Override
    public Optional<String> organizationName(UUID id) {
        return database.read(tx -> organizations.byId(tx, id)).map(Organization::name);
    }
}
