package com.mimiry.platform;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration.ConnectionValidator;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;

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

    private final AgroalDataSource work;
    private final AgroalDataSource lookups;

    ConnectionPools(PlatformConfig config) {
        PlatformConfig.Db database = config.database();
        work = pool(
                database,
                database.poolSize(),
                "SET TIME ZONE 'UTC'; SET statement_timeout = '30s'; SET lock_timeout = '10s';"
                        + " SET idle_in_transaction_session_timeout = '30s'");
        lookups = pool(
                database,
                LOOKUPS_MAX,
                "SET TIME ZONE 'UTC'; SET statement_timeout = '10s'; SET plan_cache_mode = 'force_generic_plan'");
    }

    AgroalDataSource work() {
        return work;
    }

    AgroalDataSource lookups() {
        return lookups;
    }

    @PreDestroy
    void close() {
        work.close();
        lookups.close();
    }

    private static AgroalDataSource pool(PlatformConfig.Db database, int size, String initialSql) {
        var configuration = new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(pool -> pool.maxSize(size)
                        .acquisitionTimeout(ACQUISITION_TIMEOUT)
                        .validationTimeout(VALIDATION_INTERVAL)
                        .reapTimeout(IDLE_TIMEOUT)
                        .connectionValidator(ConnectionValidator.defaultValidator())
                        .exceptionSorter(new PostgreSQLExceptionSorter())
                        .connectionFactoryConfiguration(factory -> factory.jdbcUrl(
                                        database.url().orElseThrow())
                                .initialSql(initialSql)
                                .principal(new NamePrincipal(database.username().orElse("")))
                                .credential(new SimplePassword(
                                        database.password().map(Secret::reveal).orElse("")))));
        try {
            return AgroalDataSource.from(configuration);
        } catch (SQLException e) {
            throw new IllegalStateException("the pool of database connections cannot be made", e);
        }
    }
}
