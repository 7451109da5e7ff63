package com.mimiry.platform;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** A replica's way to the database, which can be cut for ever or fail around commits. */
public final class CuttableDataSource {
    public enum Fault {
        NONE,
        BEFORE_COMMIT,
        AFTER_COMMIT
    }

    private final DataSource real;
    private final Supplier<Fault> faults;
    private volatile boolean cut;

    public CuttableDataSource(DataSource real, Supplier<Fault> faults) {
        this.real = real;
        this.faults = faults;
    }

    /** The replica's process dies: nothing of it reaches the database any more. */
    public void cut() {
        cut = true;
    }

    public DataSource dataSource() {
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (_, method, args) -> {
                    refuseIfCut();
                    Object answer = invoke(real, method, args);
                    return answer instanceof Connection connection ? faulty(connection) : answer;
                });
    }

    private Connection faulty(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (_, method, args) -> {
                    if (!method.getName().equals("commit")) {
                        return invoke(connection, method, args);
                    }
                    Fault fault = faults.get();
                    if (cut || fault == Fault.BEFORE_COMMIT) {
                        throw new SQLException("connection lost before the commit", "08006");
                    }
                    Object answer = invoke(connection, method, args);
                    if (fault == Fault.AFTER_COMMIT) {
                        throw new SQLException("connection lost after the commit", "08006");
                    }
                    return answer;
                });
    }

    private void refuseIfCut() throws SQLException {
        if (cut) {
            throw new SQLException("connection refused", "08001");
        }
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
