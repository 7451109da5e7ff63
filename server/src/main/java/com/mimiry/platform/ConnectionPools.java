package com.mimiry.platform;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration.ConnectionValidator;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The server's connections to PostgreSQL. Without the framework's extension for it: that brings a manager of distributed
 * transactions along, which every start would wait for.
 */
@Singleton
class ConnectionPools {
    private static final Duration ACQUISITION_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration VALIDATION_INTERVAL = Duration.ofMinutes(2);
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);
    /** Few connections for the lookups that come with each request, whose plans are made once. */
    private static final int LOOKUPS_MAX = 3;

    private final int workMax;
    private volatile @Nullable AgroalDataSource work;
    private volatile @Nullable AgroalDataSource lookups;

    ConnectionPools(PlatformConfig config) {
        workMax = config.database().poolSize();
    }

    /** Before anything else that happens at the start: from here on there is a database. */
    void open(@Observes @Priority(1) StartupEvent event) {
        DatabaseAccess database = DatabaseArrival.await();
        work = pool(
                database,
                workMax,
                "SET TIME ZONE 'UTC'; SET statement_timeout = '30s'; SET lock_timeout = '10s';"
                        + " SET idle_in_transaction_session_timeout = '30s';"
                        + " SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED");
        lookups = pool(
                database,
                LOOKUPS_MAX,
                "SET TIME ZONE 'UTC'; SET statement_timeout = '10s'; SET plan_cache_mode = 'force_generic_plan'");
    }

    DataSource work() {
        return opened(work);
    }

    DataSource lookups() {
        return opened(lookups);
    }

    private static AgroalDataSource opened(@Nullable AgroalDataSource pool) {
        if (pool == null) {
            throw new IllegalStateException("the database is asked before the start");
        }
        return pool;
    }

    @PreDestroy
    void close() {
        Stream.of(work, lookups).filter(Objects::nonNull).forEach(AgroalDataSource::close);
    }

    private static AgroalDataSource pool(DatabaseAccess database, int size, String initialSql) {
        var configuration = new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(pool -> pool.maxSize(size)
                        // Begun at once, and not only when the first is needed.
                        .initialSize(1)
                        .acquisitionTimeout(ACQUISITION_TIMEOUT)
                        .validationTimeout(VALIDATION_INTERVAL)
                        .reapTimeout(IDLE_TIMEOUT)
                        .connectionValidator(ConnectionValidator.defaultValidator())
                        .exceptionSorter(new PostgreSQLExceptionSorter())
                        .connectionFactoryConfiguration(factory -> factory.jdbcUrl(database.url())
                                .initialSql(initialSql)
                                .principal(new NamePrincipal(database.username()))
                                .credential(
                                        new SimplePassword(database.password().reveal()))));
        try {
            return AgroalDataSource.from(configuration);
        } catch (SQLException e) {
            throw new IllegalStateException("the pool of database connections cannot be made", e);
        }
    }
}
