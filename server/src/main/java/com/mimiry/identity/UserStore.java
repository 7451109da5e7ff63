package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** All SQL of users. */
final class UserStore {
    /** Until the transaction ends, nobody else makes a user. */
    void lock(Transaction tx) {
        tx.handle().execute("LOCK TABLE app_user IN SHARE ROW EXCLUSIVE MODE");
    }

    void insert(Transaction tx, User user) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO app_user (id, email, username, enabled, operator, created_at)
                        VALUES (:id, :email, :username, :enabled, :operator, :createdAt)""")
                .bind("id", user.id())
                .bind("email", user.email())
                .bind("username", user.username())
                .bind("enabled", user.enabled())
                .bind("operator", user.operator())
                .bind("createdAt", user.createdAt())
                .execute();
    }

    /** @param idOrName id, e-mail address or username, whatever its case */
    Optional<User> find(Transaction tx, String idOrName) {
        return tx.handle()
                .createQuery("""
                        SELECT id, email, username, enabled, operator, created_at FROM app_user
                        WHERE lower(email) = lower(:name) OR username = lower(:name) OR id::text = lower(:name)
                        ORDER BY created_at LIMIT 1""")
                .bind("name", idOrName)
                .map((row, _) -> user(row))
                .findOne();
    }

    List<User> list(Transaction tx, int limit, int offset) {
        return tx.handle()
                .createQuery("""
                        SELECT id, email, username, enabled, operator, created_at FROM app_user
                        ORDER BY created_at, id LIMIT :limit OFFSET :offset""")
                .bind("limit", limit)
                .bind("offset", offset)
                .map((row, _) -> user(row))
                .list();
    }

    void setEnabled(Transaction tx, UUID id, boolean enabled) {
        tx.handle()
                .createUpdate("UPDATE app_user SET enabled = :enabled WHERE id = :id")
                .bind("id", id)
                .bind("enabled", enabled)
                .execute();
    }

    void setOperator(Transaction tx, UUID id, boolean operator) {
        tx.handle()
                .createUpdate("UPDATE app_user SET operator = :operator WHERE id = :id")
                .bind("id", id)
                .bind("operator", operator)
                .execute();
    }

    boolean usernameTaken(Transaction tx, String username) {
        return tx.handle()
                .createQuery("SELECT EXISTS (SELECT FROM app_user WHERE username = :username)")
                .bind("username", username)
                .mapTo(Boolean.class)
                .one();
    }

    boolean emailTaken(Transaction tx, String email) {
        return tx.handle()
                .createQuery("SELECT EXISTS (SELECT FROM app_user WHERE lower(email) = lower(:email))")
                .bind("email", email)
                .mapTo(Boolean.class)
                .one();
    }

    private static User user(ResultSet row) throws SQLException {
        return new User(
                row.getObject("id", UUID.class),
                row.getString("email"),
                row.getString("username"),
                row.getBoolean("enabled"),
                row.getBoolean("operator"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
