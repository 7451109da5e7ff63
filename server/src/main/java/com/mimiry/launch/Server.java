package com.mimiry.launch;

import com.mimiry.platform.DataDirectory;
import com.mimiry.platform.DatabaseAccess;
import com.mimiry.platform.DatabaseArrival;
import com.mimiry.platform.EmbeddedPostgres;
import com.mimiry.platform.StartFailure;
import io.quarkus.runtime.Application;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * One server process from the first check to the last file closed. What it stands on (the directory's lock, PostgreSQL)
 * starts before the application and ends after it.
 */
final class Server implements AutoCloseable {
    private static final Logger LOG = System.getLogger("com.mimiry.Server");
    private static final Duration DATABASE_PATIENCE = Duration.ofSeconds(10);

    private final DataDirectory data;
    private final CompletableFuture<Standing> database;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final ApplicationLoader loader;
    private @Nullable Application application;
    private volatile boolean closing;

    /** @param postgres null = the database is elsewhere */
    private record Standing(@Nullable EmbeddedPostgres postgres, DatabaseAccess access) {
        int port() {
            return postgres == null ? 0 : postgres.port();
        }
    }

    private Server(DataDirectory data, CompletableFuture<Standing> database, ApplicationLoader loader) {
        this.data = data;
        this.database = database;
        this.loader = loader;
    }

    /**
     * Checks the ports, locks the data directory, and begins to bring the database up to date, with a PostgreSQL of our own
     * unless it is elsewhere.
     *
     * @throws StartFailure with one line on what is in the way
     */
    static Server prepare(Settings settings, ApplicationLoader loader) {
        String host = settings.get("mimiry.http.host", "127.0.0.1");
        int port = settings.port("mimiry.http.port", 8080);
        if (!Ports.isFree(host, port)) {
            throw new StartFailure("Port " + port + " on " + host
                    + " is not free: stop what uses it, or choose another with --http-port.");
        }
        resolveSshPort(settings);
        Path directory = settings.dataDirectory();
        DataDirectory data = DataDirectory.open(directory);
        System.setProperty("mimiry.data-dir", data.root().toString());
        try {
            Server server = new Server(data, database(settings, data, loader), loader);
            server.tell(host, port, 0, false);
            return server;
        } catch (StartFailure e) {
            data.close();
            throw e;
        }
    }

    /** The port is settled here, since others must be able to read which one it is. */
    private static void resolveSshPort(Settings settings) {
        String host = settings.get("mimiry.ssh.host", "0.0.0.0");
        int port = settings.port("mimiry.ssh.port", Ports.forSsh(host));
        if (port == 0) {
            port = Ports.anyFree(host);
        }
        if (!Ports.isFree(host, port)) {
            throw new StartFailure("Port " + port + " on " + host
                    + " is not free for SSH: stop what uses it, or choose another with --ssh-port.");
        }
        System.setProperty("mimiry.ssh.port", Integer.toString(port));
    }

    /** The application starts meanwhile, and waits for the database only when nothing else is left to do. */
    private static CompletableFuture<Standing> database(
            Settings settings, DataDirectory data, ApplicationLoader loader) {
        Optional<String> url = settings.get("mimiry.database.url");
        if (settings.get("mimiry.secret-key").isEmpty()) {
            if (url.isPresent()) {
                throw new StartFailure(
                        "MIMIRY_SECRET_KEY is not set, and with a database of your own it must be: make one"
                                + " with 'openssl rand -base64 32', keep it, and give it to every replica.");
            }
            System.setProperty("mimiry.secret-key", data.secretKey().reveal());
        }
        CompletableFuture<Standing> database = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("database").start(() -> {
            try {
                loader.awaitLogging();
                database.complete(url.isPresent() ? external(settings, url.get()) : embedded(data));
            } catch (Exception | Error e) {
                database.completeExceptionally(e);
            }
        });
        DatabaseArrival.expect(database.thenApply(Standing::access));
        return database;
    }

    private static Standing external(Settings settings, String url) {
        DatabaseAccess access = AdminDatabase.external(settings, url);
        Migrations.run(AdminDatabase.source(access));
        return new Standing(null, access);
    }

    private static Standing embedded(DataDirectory data) {
        EmbeddedPostgres postgres = EmbeddedPostgres.start(data.root(), Migrations::prepare);
        try {
            DatabaseAccess access = postgres.access();
            Migrations.run(AdminDatabase.source(access));
            return new Standing(postgres, access);
        } catch (StartFailure e) {
            postgres.close();
            throw e;
        }
    }

    /** Starts the application, says that it is ready, and returns when it has been stopped. */
    void run() throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "shutdown"));
        if (start()) {
            tellReady();
        }
        stopped.await();
    }

    private void tellReady() {
        Config config = ConfigProvider.getConfig();
        RunningServer told = tell(
                config.getValue("quarkus.http.host", String.class),
                config.getValue("quarkus.http.port", Integer.class),
                database.join().port(),
                true);
        String ready = "Mimiry is ready: API " + told.api() + ", API page " + told.api() + "/docs, SSH port "
                + told.sshPort() + ", data " + data.root();
        if (config.getValue("quarkus.log.console.json.enabled", Boolean.class)) {
            LOG.log(Level.INFO, ready);
        } else {
            System.out.println(ready);
        }
    }

    /** @return false where it was told to stop meanwhile */
    private boolean start() throws InterruptedException {
        try {
            Application loaded = loader.application();
            synchronized (this) {
                if (closing) {
                    return false;
                }
                application = loaded;
            }
            loaded.start(new String[0]);
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            if (closing) {
                return false;
            }
            throw StartProblem.of(e);
        }
    }

    private RunningServer tell(String host, int port, int postgresPort, boolean ready) {
        RunningServer server = new RunningServer(
                ProcessHandle.current().pid(),
                "http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":" + port,
                Integer.getInteger("mimiry.ssh.port", 0),
                postgresPort,
                ready);
        server.tell(data.root());
        return server;
    }

    /** One that does not come up at all ends with this process. */
    private void closeDatabase() {
        try {
            EmbeddedPostgres postgres = database.get(DATABASE_PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .postgres();
            if (postgres != null) {
                postgres.close();
            }
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.DEBUG, "The database had not come up", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops the application, then PostgreSQL, then lets go of the directory. Runs once, whoever asks first. */
    @Override
    public synchronized void close() {
        if (closing) {
            return;
        }
        closing = true;
        try {
            if (application != null) {
                application.stop();
            }
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "The application did not stop cleanly", e);
        } finally {
            closeDatabase();
            try {
                RunningServer.forget(data.root());
            } catch (IOException e) {
                LOG.log(Level.WARNING, "A file stays in " + data.root(), e);
            }
            data.close();
            stopped.countDown();
        }
    }
}
