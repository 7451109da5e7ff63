package com.mimiry.simulation;

import io.agroal.api.AgroalDataSource;
import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The real database with points before and after each transaction, commits that fail, and answers that get lost. What the
 * simulation itself asks goes straight through.
 */
final class SteppedDataSource implements DataSource, AutoCloseable {
    private final DataSource real;
    private @Nullable World world;
    private @Nullable Effects effects;
    private Breach breach = Breach.NONE;

    SteppedDataSource(DataSource real) {
        this.real = real;
    }

    /** From now on it belongs to this run. */
    void enter(World newWorld, Effects newEffects, Breach newBreach) {
        world = newWorld;
        effects = newEffects;
        breach = newBreach;
    }

    @Override
    public void close() {
        if (real instanceof AgroalDataSource pool) {
            pool.close();
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        Strand strand = Strand.current();
        if (strand == null || effects == null || world == null) {
            return real.getConnection();
        }
        strand.replica().requireAlive();
        effects.point("before a transaction", true);
        Connection connection = real.getConnection();
        strand.connections++;
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                new Stepped(connection, strand, world, effects, breach));
    }

    private static final class Stepped implements InvocationHandler {
        private final Connection real;
        private final Strand strand;
        private final World world;
        private final Effects effects;
        private final Breach breach;
        private boolean intended;
        private boolean committed;
        private boolean closed;

        Stepped(Connection real, Strand strand, World world, Effects effects, Breach breach) {
            this.real = real;
            this.strand = strand;
            this.world = world;
            this.effects = effects;
            this.breach = breach;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            switch (method.getName()) {
                case "commit" -> {
                    commit();
                    return null;
                }
                case "rollback" -> strand.onCommit.clear();
                case "close" -> {
                    close();
                    return null;
                }
                // Always the same; asking would be a round trip for each transaction.
                case "getTransactionIsolation" -> {
                    return Connection.TRANSACTION_READ_COMMITTED;
                }
                case "setTransactionIsolation" -> {
                    return null;
                }
                case "prepareStatement" -> {
                    if (arguments != null && arguments.length > 0 && arguments[0] instanceof String sql) {
                        arguments[0] = broken(sql);
                    }
                }
                default -> {}
            }
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private String broken(String sql) {
            intended = intended || sql.contains("insert into placement_attempt");
            if (breach == Breach.VOLUME_GIVEN_TWICE) {
                return sql.replace("and attached_to is null and delete_requested_at is null", "");
            }
            return breach == Breach.VERSION_IGNORED ? sql.replace("and version = ?", "and (version = ? or true)") : sql;
        }

        private void commit() throws SQLException {
            strand.replica().requireAlive();
            effects.point("before a commit", false);
            if (intended && breach == Breach.NO_INTENT) {
                try (Statement statement = real.createStatement()) {
                    statement.execute("delete from placement_attempt where xmin = pg_current_xact_id()::xid");
                }
            }
            double trouble = world.mischief ? world.mood.commit() : 0;
            if (trouble > 0 && world.chance.in(trouble)) {
                if (world.chance.in(0.5)) {
                    world.fault(Fault.COMMIT_FAILED, strand.replica().name(), "");
                    throw new SQLException("the connection broke before the commit", "08006");
                }
                real.commit();
                applied();
                world.fault(Fault.COMMIT_ANSWER_LOST, strand.replica().name(), "");
                throw new SQLException("the connection broke during the commit", "08007");
            }
            real.commit();
            applied();
            committed = true;
        }

        private void applied() {
            strand.onCommit.forEach(Runnable::run);
            strand.onCommit.clear();
        }

        private void close() throws SQLException {
            if (closed) {
                return;
            }
            closed = true;
            strand.connections--;
            real.close();
            if (committed) {
                effects.point("after a commit", true);
            }
        }
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLException("one user only");
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return real.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        real.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        real.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return real.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return real.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return real.isWrapperFor(type);
    }
}
