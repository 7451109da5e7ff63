package com.mimiry.platform;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Where the launcher leaves word of the database that it brings up while the application starts. The framework makes the
 * application's objects by itself, so there is no other way to hand them one.
 */
public final class DatabaseArrival {
    private static volatile @Nullable Future<DatabaseAccess> coming;

    private DatabaseArrival() {}

    /** @param database fails with a {@link StartFailure} where it cannot be had */
    public static void expect(Future<DatabaseAccess> database) {
        coming = database;
    }

    /** @throws StartFailure where the database cannot be had */
    static DatabaseAccess await() {
        Future<DatabaseAccess> database = coming;
        if (database == null) {
            throw new IllegalStateException("nobody brings a database up");
        }
        try {
            return database.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StartFailure failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("Interrupted while waiting for the database.", e);
        }
    }
}
