package com.mimiry.platform;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/** A connection for queries by key that come with nearly every request; see {@link Database#lookUp}. */
public final class Lookup {
    private final Connection connection;

    Lookup(Connection connection) {
        this.connection = connection;
    }

    /** Makes something of the row that the result is at. */
    @FunctionalInterface
    public interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    /** @param sql with one parameter, an array of ids */
    public <T> List<T> byIds(String sql, Collection<UUID> ids, Row<T> row) {
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
            try (ResultSet result = query.executeQuery()) {
                List<T> found = new ArrayList<>(ids.size());
                while (result.next()) {
                    found.add(row.of(result));
                }
                return found;
            }
        } catch (SQLException e) {
            throw new UnableToExecuteStatementException(e, null);
        }
    }
}
