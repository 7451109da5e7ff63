package com.mimiry.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.api.JsonManners;
import com.mimiry.api.Page;
import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All SQL of the audit log. */
final class AuditStore {
    private static final ObjectMapper JSON = JsonManners.mapper();

    record Entry(
            long id,
            Instant at,
            @Nullable UUID actorId,
            String actor,
            String action,
            String subject,
            @Nullable UUID organizationId,
            @Nullable JsonNode before,
            @Nullable JsonNode after) {}

    void insert(
            Transaction tx,
            Instant at,
            Actor actor,
            String action,
            String subject,
            @Nullable UUID organizationId,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO audit_entry (at, actor_id, actor, action, subject, organization_id, before, after)
                        VALUES (:at, :actorId, :actor, :action, :subject, :organizationId,
                                CAST(:before AS jsonb), CAST(:after AS jsonb))""")
                .bind("at", at)
                .bindByType("actorId", actor.userId(), UUID.class)
                .bind("actor", actor.name())
                .bind("action", action)
                .bind("subject", subject)
                .bindByType("organizationId", organizationId, UUID.class)
                .bind("before", text(before))
                .bind("after", text(after))
                .execute();
    }

    /** Newest first. */
    List<Entry> list(Transaction tx, @Nullable UUID organizationId, Page page) {
        return tx.handle()
                .createQuery("""
                        SELECT id, at, actor_id, actor, action, subject, organization_id, before, after
                        FROM audit_entry
                        WHERE CAST(:organizationId AS uuid) IS NULL OR organization_id = :organizationId
                        ORDER BY id DESC LIMIT :limit OFFSET :offset""")
                .bindByType("organizationId", organizationId, UUID.class)
                .bind("limit", page.limit())
                .bind("offset", page.offset())
                .map((row, _) -> entry(row))
                .list();
    }

    long count(Transaction tx, @Nullable UUID organizationId) {
        return tx.handle()
                .createQuery("""
                        SELECT count(*) FROM audit_entry
                        WHERE CAST(:organizationId AS uuid) IS NULL OR organization_id = :organizationId""")
                .bindByType("organizationId", organizationId, UUID.class)
                .mapTo(Long.class)
                .one();
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getLong("id"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getObject("actor_id", UUID.class),
                row.getString("actor"),
                row.getString("action"),
                row.getString("subject"),
                row.getObject("organization_id", UUID.class),
                tree(row.getString("before")),
                tree(row.getString("after")));
    }

    private static @Nullable String text(@Nullable Map<String, ?> values) {
        try {
            return values == null ? null : JSON.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static @Nullable JsonNode tree(@Nullable String json) {
        try {
            return json == null ? null : JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
