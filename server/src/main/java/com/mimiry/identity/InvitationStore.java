package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** All SQL of invitations. */
final class InvitationStore {
    /** @param state pending, accepted, declined or replaced; a pending one past {@code expiresAt} counts no more */
    record Invitation(
            UUID id,
            UUID organizationId,
            String email,
            Role role,
            String state,
            UUID invitedBy,
            Instant createdAt,
            Instant expiresAt) {}

    void insert(Transaction tx, Invitation invitation, byte[] tokenHash) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO organization_invitation
                            (id, organization_id, email, role, state, token_hash, invited_by, created_at, expires_at)
                        VALUES (:id, :organizationId, :email, :role, :state, :tokenHash, :invitedBy, :createdAt,
                                :expiresAt)""")
                .bind("id", invitation.id())
                .bind("organizationId", invitation.organizationId())
                .bind("email", invitation.email())
                .bind("role", invitation.role().code())
                .bind("state", invitation.state())
                .bind("tokenHash", tokenHash)
                .bind("invitedBy", invitation.invitedBy())
                .bind("createdAt", invitation.createdAt())
                .bind("expiresAt", invitation.expiresAt())
                .execute();
    }

    /** The pending invitation of this address gives way to a new one. */
    void replacePending(Transaction tx, UUID organizationId, String email, Instant now) {
        tx.handle()
                .createUpdate("""
                        UPDATE organization_invitation SET state = 'replaced', answered_at = :now
                        WHERE organization_id = :organizationId AND lower(email) = lower(:email) AND state = 'pending'""")
                .bind("organizationId", organizationId)
                .bind("email", email)
                .bind("now", now)
                .execute();
    }

    void answer(Transaction tx, UUID id, String state, Instant now) {
        tx.handle()
                .createUpdate("""
                        UPDATE organization_invitation SET state = :state, answered_at = :now
                        WHERE id = :id AND state = 'pending'""")
                .bind("id", id)
                .bind("state", state)
                .bind("now", now)
                .execute();
    }

    /** Locked until the transaction ends. */
    Optional<Invitation> byToken(Transaction tx, byte[] tokenHash) {
        return tx.handle()
                .createQuery("""
                        SELECT id, organization_id, email, role, state, invited_by, created_at, expires_at
                        FROM organization_invitation WHERE token_hash = :tokenHash FOR UPDATE""")
                .bind("tokenHash", tokenHash)
                .map((row, _) -> invitation(row))
                .findOne();
    }

    /** Newest first. */
    List<Invitation> list(Transaction tx, UUID organizationId, int limit, int offset) {
        return tx.handle()
                .createQuery("""
                        SELECT id, organization_id, email, role, state, invited_by, created_at, expires_at
                        FROM organization_invitation WHERE organization_id = :organizationId
                        ORDER BY created_at DESC, id LIMIT :limit OFFSET :offset""")
                .bind("organizationId", organizationId)
                .bind("limit", limit)
                .bind("offset", offset)
                .map((row, _) -> invitation(row))
                .list();
    }

    long count(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM organization_invitation WHERE organization_id = :organizationId")
                .bind("organizationId", organizationId)
                .mapTo(Long.class)
                .one();
    }

    private static Invitation invitation(ResultSet row) throws SQLException {
        return new Invitation(
                row.getObject("id", UUID.class),
                row.getObject("organization_id", UUID.class),
                row.getString("email"),
                Role.ofCode(row.getString("role")),
                row.getString("state"),
                row.getObject("invited_by", UUID.class),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }
}
