package com.mimiry.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of our own: durable, on a loopback port, under an account without rights, gone when we are gone,
 * and started again when it dies alone. One thread starts it, follows its output and lives as long as it does, because
 * the kernel ties the child to the thread that started it.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = System.getLogger("com.mimiry.postgres");
    private static final Duration START_PATIENCE = Duration.ofMinutes(2);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    private static final int BIND_ATTEMPTS = 3;
    private static final int REMEMBERED_LINES = 8;

    private final PostgresCluster cluster;
    private final PostgresBinaries binaries;
    private final Secret password;
    private final int port;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final Thread keeper;
    private volatile boolean closing;
    private volatile @Nullable Process process;

    private EmbeddedPostgres(PostgresCluster cluster, PostgresBinaries binaries, Secret password, int port) {
        this.cluster = cluster;
        this.binaries = binaries;
        this.password = password;
        this.port = port;
        this.keeper = Thread.ofPlatform().daemon().name("postgres").unstarted(this::keep);
    }

    /**
     * Starts PostgreSQL on the files in {@code dataDirectory}, making them if there are none, and returns once it takes
     * connections. The caller holds the directory's lock.
     *
     * @throws StartFailure with one clear line when it cannot
     */
    public static EmbeddedPostgres start(Path dataDirectory) {
        return start(dataDirectory, () -> {});
    }

    /** As {@link #start(Path)}; what is to be done {@code meanwhile} takes the time in which PostgreSQL comes up. */
    public static EmbeddedPostgres start(Path dataDirectory, Runnable meanwhile) {
        PostgresAccount account = PostgresAccount.ofThisProcess();
        PostgresBinaries binaries = PostgresBinaries.in(cache(account));
        PostgresCluster cluster = new PostgresCluster(dataDirectory, binaries, account);
        Secret password = cluster.open();
        cluster.awaitNoLeftovers();
        for (int attempt = 1; ; attempt++) {
            EmbeddedPostgres postgres = new EmbeddedPostgres(cluster, binaries, password, freePort());
            try {
                postgres.keeper.start();
                if (attempt == 1) {
                    meanwhile.run();
                }
                postgres.awaitReady();
                return postgres;
            } catch (StartFailure e) {
                postgres.close();
                boolean portTaken = String.valueOf(e.getMessage()).contains("Address already in use");
                if (!portTaken || attempt == BIND_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** How its owner connects, who is a superuser of this server. */
    public DatabaseAccess access() {
        return access(port, password);
    }

    /** As {@link #access()}, for the server on {@code dataDirectory} that runs already in another process. */
    public static DatabaseAccess access(Path dataDirectory, int port) {
        try {
            return access(
                    port,
                    new Secret(Files.readString(PostgresCluster.passwordFile(dataDirectory))
                            .strip()));
        } catch (IOException e) {
            throw new StartFailure(
                    "Cannot read the database's password in " + dataDirectory + " (" + StartFailure.reason(e) + ").",
                    e);
        }
    }

    private static DatabaseAccess access(int port, Secret password) {
        return new DatabaseAccess(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + PostgresCluster.DATABASE + "?sslmode=disable",
                PostgresCluster.USER,
                password);
    }

    /** The loopback TCP port. Stays the same when the server is started again after a crash. */
    public int port() {
        return port;
    }

    /** The postmaster's process id. */
    public long pid() {
        Process current = process;
        if (current == null) {
            throw new IllegalStateException("PostgreSQL is not running");
        }
        return current.pid();
    }

    /** Stops the server in an orderly way: clients are cut, everything is on disk afterwards. */
    @Override
    public void close() {
        closing = true;
        Process current = process;
        if (current == null || !current.isAlive()) {
            return;
        }
        PostgresCluster.interrupt(current.pid());
        try {
            if (!current.waitFor(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(Level.WARNING, "PostgreSQL did not stop in {0}; killing it", STOP_PATIENCE);
                current.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitReady() {
        try {
            ready.get(START_PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StartFailure failure ? failure : new StartFailure(e.toString(), e);
        } catch (TimeoutException e) {
            throw new StartFailure("PostgreSQL did not become ready within " + START_PATIENCE.toSeconds() + " s.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("Interrupted while starting PostgreSQL.", e);
        }
    }

    private void keep() {
        try {
            for (long pause = 100; ; pause = Math.min(2 * pause, 5_000)) {
                String lastLines = runOnce();
                if (closing) {
                    return;
                }
                if (!ready.isDone()) {
                    ready.completeExceptionally(new StartFailure("PostgreSQL did not start: " + lastLines));
                    return;
                }
                LOG.log(Level.ERROR, "PostgreSQL ended unexpectedly, starting it again: {0}", lastLines);
                TimeUnit.MILLISECONDS.sleep(pause);
                cluster.awaitNoLeftovers();
            }
        } catch (IOException | StartFailure e) {
            LOG.log(Level.ERROR, "PostgreSQL cannot be started", e);
            ready.completeExceptionally(
                    new StartFailure("PostgreSQL did not start (" + StartFailure.reason(e) + ").", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts the server, follows it until it ended, and says what it said last. */
    private String runOnce() throws IOException, InterruptedException {
        Process current = cluster.process(command()).start();
        process = current;
        Deque<String> lastLines = new ArrayDeque<>();
        try (BufferedReader output = current.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                LOG.log(Level.DEBUG, line);
                lastLines.addLast(line);
                if (lastLines.size() > REMEMBERED_LINES) {
                    lastLines.removeFirst();
                }
                if (line.contains("database system is ready to accept connections")) {
                    ready.complete(true);
                }
            }
        }
        current.waitFor();
        return String.join(" | ", lastLines);
    }

    private String[] command() {
        return new String[] {
            binaries.program("postgres"),
            "-D",
            cluster.files().toString(),
            "-p",
            Integer.toString(port),
            "-c",
            "cluster_name=" + cluster.name(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=on",
            "-c",
            "synchronous_commit=on",
            "-c",
            "full_page_writes=on",
            "-c",
            "shared_buffers=64MB",
            "-c",
            "max_connections=100",
            "-c",
            "jit=off",
            "-c",
            "max_parallel_workers_per_gather=0",
            "-c",
            "timezone=UTC",
            "-c",
            "log_timezone=UTC",
            "-c",
            "lc_messages=C"
        };
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StartFailure("No free port on 127.0.0.1 for PostgreSQL (" + StartFailure.reason(e) + ").", e);
        }
    }

    /** Shared by all data directories of an account, and readable by the account that PostgreSQL runs under. */
    private static Path cache(PostgresAccount account) {
        if (account.asRoot()) {
            return Path.of("/var/cache/mimiry");
        }
        String configured = System.getenv("XDG_CACHE_HOME");
        Path caches = configured == null || configured.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(configured);
        return caches.resolve("mimiry");
    }
}
