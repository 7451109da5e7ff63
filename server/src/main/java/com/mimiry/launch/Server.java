package com.mimiry.launch;

import com.mimiry.platform.DataDirectory;
import com.mimiry.platform.EmbeddedPostgres;
import com.mimiry.platform.StartFailure;
import io.quarkus.runtime.Application;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * One server process from the first check to the last file closed. What it stands on (the directory's lock, PostgreSQL)
 * starts before the application and ends after it.
 */
final class Server implements AutoCloseable {
    private static final Logger LOG = System.getLogger("com.mimiry.Server");
    /** Made by the build; this is how the framework starts an application from a plain main method as well. */
    private static final String APPLICATION = "io.quarkus.runner.ApplicationImpl";

    private final DataDirectory data;
    private final @Nullable EmbeddedPostgres postgres;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final FutureTask<Application> loading;
    private @Nullable Application application;
    private boolean closed;

    private Server(DataDirectory data, @Nullable EmbeddedPostgres postgres, FutureTask<Application> loading) {
        this.data = data;
        this.postgres = postgres;
        this.loading = loading;
    }

    /**
     * Checks the ports, locks the data directory, starts PostgreSQL unless the database is elsewhere, brings the database up
     * to date and tells the application about it.
     *
     * @throws StartFailure with one line on what is in the way
     */
    static Server prepare(Settings settings) {
        // The framework would refuse such addresses without a word; we check them ourselves (RequestTarget).
        System.setProperty("vertx.disableURIValidation", "true");
        FutureTask<Application> loading = loading();
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
            Server server = new Server(data, database(settings, data), loading);
            server.tell(host, port, false);
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

    private static @Nullable EmbeddedPostgres database(Settings settings, DataDirectory data) {
        if (settings.get("mimiry.database.url").isPresent()) {
            if (settings.get("mimiry.secret-key").isEmpty()) {
                throw new StartFailure(
                        "MIMIRY_SECRET_KEY is not set, and with a database of your own it must be: make one"
                                + " with 'openssl rand -base64 32', keep it, and give it to every replica.");
            }
            Migrations.run(AdminDatabase.source(
                    settings.get("mimiry.database.url", ""),
                    settings.get("mimiry.database.username", ""),
                    settings.get("mimiry.database.password", "")));
            return null;
        }
        if (settings.get("mimiry.secret-key").isEmpty()) {
            System.setProperty("mimiry.secret-key", data.secretKey().reveal());
        }
        EmbeddedPostgres postgres = EmbeddedPostgres.start(data.root(), Migrations::prepare);
        System.setProperty("mimiry.database.url", postgres.jdbcUrl());
        System.setProperty("mimiry.database.username", EmbeddedPostgres.username());
        System.setProperty("mimiry.database.password", postgres.password().reveal());
        try {
            Migrations.run(AdminDatabase.source(
                    postgres.jdbcUrl(),
                    EmbeddedPostgres.username(),
                    postgres.password().reveal()));
            return postgres;
        } catch (StartFailure e) {
            postgres.close();
            throw e;
        }
    }

    /** Starts the application, says that it is ready, and returns when it has been stopped. */
    void run() throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "shutdown"));
        start();
        Config config = ConfigProvider.getConfig();
        RunningServer told = tell(
                config.getValue("quarkus.http.host", String.class),
                config.getValue("quarkus.http.port", Integer.class),
                true);
        String ready = "Mimiry is ready: API " + told.api() + ", API page " + told.api() + "/docs, SSH port "
                + told.sshPort() + ", data " + data.root();
        if (config.getValue("quarkus.log.console.json.enabled", Boolean.class)) {
            LOG.log(Level.INFO, ready);
        } else {
            System.out.println(ready);
        }
        stopped.await();
    }

    /**
     * Loads the application's classes while all else is made ready; they need none of it yet. Then the cryptography of
     * SSH, while the application starts.
     */
    private static FutureTask<Application> loading() {
        ClassLoader classes = Thread.currentThread().getContextClassLoader();
        FutureTask<Application> loading = new FutureTask<>(() -> Class.forName(APPLICATION, true, classes)
                .asSubclass(Application.class)
                .getDeclaredConstructor()
                .newInstance());
        Thread thread = Thread.ofPlatform().daemon().name("loading").unstarted(() -> {
            loading.run();
            SecurityUtils.isEDDSACurveSupported();
        });
        thread.setContextClassLoader(classes);
        thread.start();
        return loading;
    }

    private void start() throws InterruptedException {
        try {
            Application loaded = loading.get();
            synchronized (this) {
                application = loaded;
            }
            loaded.start(new String[0]);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw StartProblem.of(e);
        }
    }

    private RunningServer tell(String host, int port, boolean ready) {
        RunningServer server = new RunningServer(
                ProcessHandle.current().pid(),
                "http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":" + port,
                Integer.getInteger("mimiry.ssh.port", 0),
                postgres == null ? 0 : postgres.port(),
                ready);
        server.tell(data.root());
        return server;
    }

    /** Stops the application, then PostgreSQL, then lets go of the directory. Runs once, whoever asks first. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (application != null) {
                application.stop();
            }
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "The application did not stop cleanly", e);
        } finally {
            if (postgres != null) {
                postgres.close();
            }
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
