package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class DatabaseTest {
    private final DataSource real = TestDatabase.create().dataSource();
    private final List<String> calls = new ArrayList<>();

    @Test
    void a_transaction_asks_the_database_for_nothing_but_its_work() {
        int answer = new Database(watched())
                .inTransaction(tx ->
                        tx.handle().createQuery("select 1").mapTo(Integer.class).one());

        assertThat(answer).isEqualTo(1);
        assertThat(calls).contains("commit").noneMatch(call -> call.contains("Isolation"));
    }

    private DataSource watched() {
        return proxy(DataSource.class, real);
    }

    private <T> T proxy(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {type}, (_, method, args) -> {
                    calls.add(method.getName());
                    Object answer = invoke(target, method, args);
                    return answer instanceof Connection connection ? proxy(Connection.class, connection) : answer;
                }));
    }

    private static Object invoke(Object target, Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
