package com.mimiry.platform;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;

/**
 * Real PostgreSQL for tests: one server per test run, one database per {@link #create()}, migrated as in production. Its
 * session time zone is not UTC, so that code which relies on one shows.
 */
public final class TestDatabase {
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final Supplier<Path> DIRECTORY = once(TestDatabase::makeDirectory);
    private static final Supplier<EmbeddedPostgres> SERVER = once(TestDatabase::startServer);
    private static final Supplier<String> TEMPLATE = once(TestDatabase::migratedTemplate);

    /** Without a configuration the log manager lets everything through, and drivers trace each message and each column. */
    private static final List<Logger> CHATTY = Stream.of("org.postgresql", "org.jdbi", "io.agroal")
            .map(Logger::getLogger)
            .toList();

    static {
        CHATTY.forEach(logger -> logger.setLevel(Level.INFO));
    }

    private TestDatabase() {}

    /** A database of the caller's own, migrated and empty; made from a template in some ten milliseconds. */
    public static Database create() {
        return new Database(pool(createFrom(TEMPLATE.get())));
    }

    /** As {@link #create()}, for what writes much and survives no crash: commits do not wait for the disk, and plans are kept. */
    public static Database createVolatile(UnaryOperator<DataSource> around) {
        String url = url(createFrom(TEMPLATE.get())) + "&prepareThreshold=1";
        return new Database(
                around.apply(pool(url, "; SET synchronous_commit = off; SET plan_cache_mode = force_generic_plan")));
    }

    /** A database without any table. */
    public static Database createEmpty() {
        return new Database(pool(createFrom("template1")));
    }

    /** The JDBC URL of a new database, for tests that start a whole server on it; user and password are the server's. */
    public static String createUrl() {
        return url(createFrom("template1"));
    }

    /** The server that all test databases are on. */
    public static EmbeddedPostgres server() {
        return SERVER.get();
    }

    /** That server's files. */
    static Path directory() {
        return DIRECTORY.get();
    }

    private static Path makeDirectory() {
        try {
            return Files.createTempDirectory(
                    "mimiry-test-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static EmbeddedPostgres startServer() {
        Path directory = DIRECTORY.get();
        EmbeddedPostgres server = EmbeddedPostgres.start(directory);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            abandon(server);
            try {
                // Hundreds of databases are some hundred thousand files: nobody has to wait until they are gone.
                new ProcessBuilder("rm", "-rf", directory.toString()).start();
            } catch (IOException e) {
                System.err.println("left behind: " + directory + " (" + e + ")");
            }
        }));
        return server;
    }

    /** An orderly stop would write hundreds of databases to disk that nobody reads again. */
    private static void abandon(EmbeddedPostgres server) {
        Thread closing = Thread.ofPlatform().start(server::close);
        try {
            new ProcessBuilder("kill", "-QUIT", Long.toString(server.pid()))
                    .start()
                    .waitFor();
            closing.join();
        } catch (IOException e) {
            System.err.println("PostgreSQL stops in its own time: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String migratedTemplate() {
        String name = createFrom("template1");
        Flyway.configure()
                .dataSource(
                        url(name),
                        SERVER.get().access().username(),
                        SERVER.get().access().password().reveal())
                .locations("classpath:db/migration")
                .load()
                .migrate();
        return name;
    }

    private static synchronized String createFrom(String template) {
        DatabaseAccess server = SERVER.get().access();
        String name = "test" + NUMBERS.incrementAndGet();
        Jdbi.create(server.url(), server.username(), server.password().reveal())
                .useHandle(handle -> handle.execute("CREATE DATABASE " + name + " TEMPLATE " + template));
        return name;
    }

    private static String url(String name) {
        return "jdbc:postgresql://127.0.0.1:" + SERVER.get().port() + "/" + name + "?sslmode=disable";
    }

    private static AgroalDataSource pool(String name) {
        return pool(url(name), "");
    }

    private static AgroalDataSource pool(String url, String moreInitialSql) {
        AgroalDataSourceConfigurationSupplier configuration = new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(pool -> pool.maxSize(12)
                        .minSize(0)
                        .acquisitionTimeout(Duration.ofSeconds(20))
                        .reapTimeout(Duration.ofSeconds(1))
                        .connectionFactoryConfiguration(factory -> factory.jdbcUrl(url)
                                .initialSql("SET TIME ZONE 'Asia/Kathmandu'; SET statement_timeout = '30s'"
                                        + moreInitialSql)
                                .principal(
                                        new NamePrincipal(SERVER.get().access().username()))
                                .credential(new SimplePassword(
                                        SERVER.get().access().password().reveal()))));
        try {
            return AgroalDataSource.from(configuration);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> Supplier<T> once(Supplier<T> maker) {
        return new Supplier<>() {
            private @org.jspecify.annotations.Nullable T made;

            @Override
            public synchronized T get() {
                T result = made;
                if (result == null) {
                    result = maker.get();
                    made = result;
                }
                return result;
            }
        };
    }
}
