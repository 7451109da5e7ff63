package com.mimiry.launch;

import com.mimiry.platform.DataDirectory;
import com.mimiry.platform.Database;
import com.mimiry.platform.DatabaseAccess;
import com.mimiry.platform.EmbeddedPostgres;
import com.mimiry.platform.Secret;
import com.mimiry.platform.StartFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The deployment's database, wherever it is: an external one, the one of a running server, or the embedded one started
 * for the moment.
 */
final class AdminDatabase implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Database database;
    private final @Nullable EmbeddedPostgres started;
    private final @Nullable DataDirectory locked;

    private AdminDatabase(Database database, @Nullable EmbeddedPostgres started, @Nullable DataDirectory locked) {
        this.database = database;
        this.started = started;
        this.locked = locked;
    }

    /** @throws StartFailure when it cannot be reached */
    static AdminDatabase open(Settings settings, Path directory) {
        Optional<String> url = settings.get("mimiry.database.url");
        if (url.isPresent()) {
            PGSimpleDataSource source = source(external(settings, url.get()));
            Migrations.run(source);
            return new AdminDatabase(new Database(source), null, null);
        }
        for (long began = System.nanoTime(); ; pause()) {
            Optional<DataDirectory> lock = DataDirectory.tryOpen(directory);
            if (lock.isPresent()) {
                return startedHere(lock.get());
            }
            Optional<RunningServer> running =
                    RunningServer.in(directory).filter(server -> server.ready() && server.postgresPort() > 0);
            if (running.isPresent()) {
                return ofServer(directory, running.get());
            }
            if (System.nanoTime() - began > PATIENCE.toNanos()) {
                throw new StartFailure("Another process holds " + directory
                        + " but is no server that is ready: try later," + " or look at its log.");
            }
        }
    }

    Database database() {
        return database;
    }

    private static AdminDatabase startedHere(DataDirectory data) {
        EmbeddedPostgres postgres = null;
        try {
            postgres = EmbeddedPostgres.start(data.root());
            PGSimpleDataSource source = source(postgres.access());
            Migrations.run(source);
            return new AdminDatabase(new Database(source), postgres, data);
        } catch (StartFailure e) {
            if (postgres != null) {
                postgres.close();
            }
            data.close();
            throw e;
        }
    }

    private static AdminDatabase ofServer(Path directory, RunningServer server) {
        DatabaseAccess access = EmbeddedPostgres.access(directory, server.postgresPort());
        return new AdminDatabase(new Database(source(access)), null, null);
    }

    static DatabaseAccess external(Settings settings, String url) {
        return new DatabaseAccess(
                url,
                settings.get("mimiry.database.username", ""),
                new Secret(settings.get("mimiry.database.password", "")));
    }

    static PGSimpleDataSource source(DatabaseAccess access) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(access.url());
        if (!access.username().isEmpty()) {
            source.setUser(access.username());
        }
        String password = access.password().reveal();
        if (!password.isEmpty()) {
            source.setPassword(password);
        }
        return source;
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("Interrupted.", e);
        }
    }

    @Override
    public void close() {
        if (started != null) {
            started.close();
        }
        if (locked != null) {
            locked.close();
        }
    }
}
