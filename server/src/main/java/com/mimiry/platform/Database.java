package com.mimiry.platform;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Types;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.argument.Arguments;
import org.jdbi.v3.core.argument.NullArgument;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jdbi.v3.core.transaction.SerializableTransactionRunner;

/** The one PostgreSQL database. Work outside transactions; keep transactions short; never call out while in one. */
public final class Database {
    private final Supplier<DataSource> dataSource;
    private final Supplier<DataSource> lookups;
    private final Jdbi jdbi;

    /** @param dataSource a pool whose connections talk to a migrated database, read-committed as is PostgreSQL's default */
    public Database(DataSource dataSource) {
        this(() -> dataSource, () -> dataSource);
    }

    /**
     * @param dataSource a pool whose connections talk to a migrated database; asked for when it is first used
     * @param lookups a pool for {@link #lookUp} to the same database, whose connections keep the plans of their statements
     */
    public Database(Supplier<DataSource> dataSource, Supplier<DataSource> lookups) {
        this.dataSource = dataSource;
        this.lookups = lookups;
        this.jdbi = Jdbi.create(() -> dataSource.get().getConnection());
        // Without a type of its own, so that PostgreSQL takes a null for a column of any type.
        jdbi.getConfig(Arguments.class).setUntypedNullArgument(new NullArgument(Types.NULL));
        jdbi.registerArgument(new UuidArguments());
        jdbi.setTransactionHandler(new SerializableTransactionRunner());
    }

    /**
     * Runs {@code work} in a read-committed transaction and commits it; rolls back on any exception. Work may be run
     * again after a deadlock or serialization failure, so it must have no effect outside the database.
     */
    public <T extends @org.jspecify.annotations.Nullable Object> T inTransaction(Function<Transaction, T> work) {
        // At its connection's level. Were it told to Jdbi, the database would be asked for the level five times a
        // transaction.
        return jdbi.inTransaction(handle -> work.apply(new Transaction(handle)));
    }

    /** As {@link #inTransaction}, for work without a result. */
    public void useTransaction(Consumer<Transaction> work) {
        inTransaction(tx -> {
            work.accept(tx);
            return Boolean.TRUE;
        });
    }

    /** Runs a query on a connection in auto-commit mode. */
    public <T extends @org.jspecify.annotations.Nullable Object> T read(Function<Transaction, T> query) {
        return jdbi.withHandle(handle -> query.apply(new Transaction(handle)));
    }

    /**
     * Runs a query by key that comes with nearly every request. Bare JDBC, since preparing it otherwise takes longer than
     * the query.
     */
    public <T> T lookUp(Function<Lookup, T> query) {
        try (Connection connection = lookups.get().getConnection()) {
            return query.apply(new Lookup(connection));
        } catch (SQLException e) {
            throw new UnableToExecuteStatementException(e, null);
        }
    }

    /** The pool, for libraries that want one. */
    public DataSource dataSource() {
        return dataSource.get();
    }
}
