package com.mimiry.identity;

import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** All SQL of organizations and who belongs to them. */
final class OrganizationStore {
    private static final int MEMBERSHIPS_MAX = 1_000;

    /** @param role of the user who asked */
    record Membership(Organization organization, Role role) {}

    record Member(UUID userId, String email, String username, Role role, Instant joinedAt) {}

    void insert(Transaction tx, Organization organization) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO organization (id, name, slug, personal_of, created_at, updated_at)
                        VALUES (:id, :name, :slug, :personalOf, :createdAt, :updatedAt)""")
                .bind("id", organization.id())
                .bind("name", organization.name())
                .bind("slug", organization.slug())
                .bindByType("personalOf", organization.personalOf(), UUID.class)
                .bind("createdAt", organization.createdAt())
                .bind("updatedAt", organization.updatedAt())
                .execute();
    }

    /** Writes name, settings, suspension and deletion. */
    void update(Transaction tx, Organization organization) {
        tx.handle()
                .createUpdate("""
                        UPDATE organization SET name = :name, allow_member_invites = :allowMemberInvites,
                            require_2fa = :require2fa, updated_at = :updatedAt, suspended_at = :suspendedAt,
                            suspended_reason = :suspendedReason, deleted_at = :deletedAt
                        WHERE id = :id""")
                .bind("id", organization.id())
                .bind("name", organization.name())
                .bind("allowMemberInvites", organization.allowMemberInvites())
                .bind("require2fa", organization.require2fa())
                .bind("updatedAt", organization.updatedAt())
                .bindByType("suspendedAt", organization.suspendedAt(), Instant.class)
                .bind("suspendedReason", organization.suspendedReason())
                .bindByType("deletedAt", organization.deletedAt(), Instant.class)
                .execute();
    }

    /** Until the transaction ends, nobody else takes a slug. */
    void lockSlugs(Transaction tx) {
        tx.handle().execute("LOCK TABLE organization IN SHARE ROW EXCLUSIVE MODE");
    }

    boolean slugTaken(Transaction tx, String slug) {
        return tx.handle()
                .createQuery("SELECT EXISTS (SELECT FROM organization WHERE slug = :slug AND deleted_at IS NULL)")
                .bind("slug", slug)
                .mapTo(Boolean.class)
                .one();
    }

    /** Locked until the transaction ends: changes to an organization and its members come one after the other. */
    Optional<Organization> lock(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery("""
                        SELECT id, name, slug, personal_of, allow_member_invites, require_2fa, created_at, updated_at,
                            suspended_at, suspended_reason, deleted_at
                        FROM organization WHERE id = :id FOR UPDATE""")
                .bind("id", id)
                .map((row, _) -> organization(row))
                .findOne();
    }

    Optional<Organization> byId(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery("""
                        SELECT id, name, slug, personal_of, allow_member_invites, require_2fa, created_at, updated_at,
                            suspended_at, suspended_reason, deleted_at
                        FROM organization WHERE id = :id""")
                .bind("id", id)
                .map((row, _) -> organization(row))
                .findOne();
    }

    /** @param text part of the name or slug, null = all */
    List<Organization> list(Transaction tx, @Nullable String text, int limit, int offset) {
        return tx.handle()
                .createQuery("""
                        SELECT id, name, slug, personal_of, allow_member_invites, require_2fa, created_at, updated_at,
                            suspended_at, suspended_reason, deleted_at
                        FROM organization
                        WHERE CAST(:text AS text) IS NULL
                            OR position(lower(:text) IN lower(name)) > 0 OR position(lower(:text) IN slug) > 0
                        ORDER BY created_at, id LIMIT :limit OFFSET :offset""")
                .bind("text", text)
                .bind("limit", limit)
                .bind("offset", offset)
                .map((row, _) -> organization(row))
                .list();
    }

    long count(Transaction tx, @Nullable String text) {
        return tx.handle().createQuery("""
                        SELECT count(*) FROM organization
                        WHERE CAST(:text AS text) IS NULL
                            OR position(lower(:text) IN lower(name)) > 0 OR position(lower(:text) IN slug) > 0""").bind("text", text).mapTo(Long.class).one();
    }

    /** What the user belongs to, living ones only, the personal one first. */
    List<Membership> ofUser(Transaction tx, UUID userId) {
        return memberships(tx.handle().createQuery("""
                        SELECT o.id, o.name, o.slug, o.personal_of, o.allow_member_invites, o.require_2fa, o.created_at,
                            o.updated_at, o.suspended_at, o.suspended_reason, o.deleted_at, m.role
                        FROM organization_member m JOIN organization o ON o.id = m.organization_id
                        WHERE m.user_id = :userId AND o.deleted_at IS NULL
                        ORDER BY o.personal_of IS NULL, o.created_at, o.id LIMIT :limit""").bind("userId", userId).bind("limit", MEMBERSHIPS_MAX));
    }

    /** Deleted ones too, for whoever was a member then. */
    Optional<Membership> membership(Transaction tx, UUID userId, UUID organizationId) {
        return memberships(tx.handle().createQuery("""
                                SELECT o.id, o.name, o.slug, o.personal_of, o.allow_member_invites, o.require_2fa,
                                    o.created_at, o.updated_at, o.suspended_at, o.suspended_reason, o.deleted_at, m.role
                                FROM organization_member m JOIN organization o ON o.id = m.organization_id
                                WHERE m.user_id = :userId AND m.organization_id = :organizationId""").bind("userId", userId).bind("organizationId", organizationId))
                .stream()
                .findFirst();
    }

    List<Member> members(Transaction tx, UUID organizationId, int limit, int offset) {
        return tx.handle()
                .createQuery("""
                        SELECT u.id, u.email, u.username, m.role, m.joined_at
                        FROM organization_member m JOIN app_user u ON u.id = m.user_id
                        WHERE m.organization_id = :organizationId
                        ORDER BY m.joined_at, u.id LIMIT :limit OFFSET :offset""")
                .bind("organizationId", organizationId)
                .bind("limit", limit)
                .bind("offset", offset)
                .map((row, _) -> member(row))
                .list();
    }

    long countMembers(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM organization_member WHERE organization_id = :organizationId")
                .bind("organizationId", organizationId)
                .mapTo(Long.class)
                .one();
    }

    Optional<Member> member(Transaction tx, UUID organizationId, UUID userId) {
        return tx.handle()
                .createQuery("""
                        SELECT u.id, u.email, u.username, m.role, m.joined_at
                        FROM organization_member m JOIN app_user u ON u.id = m.user_id
                        WHERE m.organization_id = :organizationId AND m.user_id = :userId""")
                .bind("organizationId", organizationId)
                .bind("userId", userId)
                .map((row, _) -> member(row))
                .findOne();
    }

    long countOwners(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("""
                        SELECT count(*) FROM organization_member
                        WHERE organization_id = :organizationId AND role = 'owner'""")
                .bind("organizationId", organizationId)
                .mapTo(Long.class)
                .one();
    }

    void addMember(Transaction tx, UUID organizationId, UUID userId, Role role, Instant now) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO organization_member (organization_id, user_id, role, joined_at)
                        VALUES (:organizationId, :userId, :role, :now)""")
                .bind("organizationId", organizationId)
                .bind("userId", userId)
                .bind("role", role.code())
                .bind("now", now)
                .execute();
    }

    void setRole(Transaction tx, UUID organizationId, UUID userId, Role role) {
        tx.handle()
                .createUpdate("""
                        UPDATE organization_member SET role = :role
                        WHERE organization_id = :organizationId AND user_id = :userId""")
                .bind("organizationId", organizationId)
                .bind("userId", userId)
                .bind("role", role.code())
                .execute();
    }

    void removeMember(Transaction tx, UUID organizationId, UUID userId) {
        tx.handle()
                .createUpdate("""
                        DELETE FROM organization_member
                        WHERE organization_id = :organizationId AND user_id = :userId""")
                .bind("organizationId", organizationId)
                .bind("userId", userId)
                .execute();
    }

    private static List<Membership> memberships(Query query) {
        return query.map((row, _) -> new Membership(organization(row), Role.ofCode(row.getString("role"))))
                .list();
    }

    private static Member member(ResultSet row) throws SQLException {
        return new Member(
                row.getObject("id", UUID.class),
                row.getString("email"),
                row.getString("username"),
                Role.ofCode(row.getString("role")),
                row.getObject("joined_at", OffsetDateTime.class).toInstant());
    }

    private static Organization organization(ResultSet row) throws SQLException {
        return new Organization(
                row.getObject("id", UUID.class),
                row.getString("name"),
                row.getString("slug"),
                row.getObject("personal_of", UUID.class),
                row.getBoolean("allow_member_invites"),
                row.getBoolean("require_2fa"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("updated_at", OffsetDateTime.class).toInstant(),
                instant(row, "suspended_at"),
                row.getString("suspended_reason"),
                instant(row, "deleted_at"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
