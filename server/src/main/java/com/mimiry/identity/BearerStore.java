package com.mimiry.identity;

import com.mimiry.platform.Lookup;
import com.mimiry.platform.Transaction;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The first query of each request: whether what the bearer stands for still counts. */
final class BearerStore {
    private static final String ROLES = """
            CROSS JOIN LATERAL (
                SELECT array_agg(m.organization_id) AS organizations, array_agg(m.role) AS roles
                FROM organization_member m WHERE m.user_id = u.id
            ) r
            """;

    private static final String BY_SSH_KEYS = """
            SELECT k.id AS key_id, u.id, u.email, u.username, u.operator, k.fingerprint, r.organizations, r.roles
            FROM ssh_key k JOIN app_user u ON u.id = k.user_id
            """ + ROLES + """
            WHERE k.id = ANY(?) AND u.enabled""";

    /** By the registered key; absent where the key was deleted or the user disabled. */
    Map<UUID, Caller> bySshKeys(Lookup lookup, Set<UUID> sshKeyIds) {
        return lookup.byIds(BY_SSH_KEYS, sshKeyIds, BearerStore::bySshKey).stream()
                .collect(Collectors.toMap(caller -> Objects.requireNonNull(caller.sshKeyId()), caller -> caller));
    }

    private static Caller bySshKey(ResultSet row) throws SQLException {
        return new Caller(
                row.getObject("id", UUID.class),
                row.getString("email"),
                row.getString("username"),
                row.getObject("key_id", UUID.class),
                row.getString("fingerprint"),
                row.getBoolean("operator"),
                Set.of(Scopes.ALL),
                roles(row));
    }

    /** Empty where the key is unknown, revoked or expired, or its user disabled. */
    Optional<Caller> byApiKey(Transaction tx, byte[] secretHash, Instant now) {
        return tx.handle()
                .createQuery("""
                        SELECT u.id, u.email, u.username, u.operator, array_to_string(k.scopes, ' ') AS scopes,
                            r.organizations, r.roles
                        FROM api_key k JOIN app_user u ON u.id = k.user_id
                        """ + ROLES + """
                        WHERE k.secret_hash = :hash AND k.revoked_at IS NULL AND u.enabled
                          AND (k.expires_at IS NULL OR k.expires_at > :now)""")
                .bind("hash", secretHash)
                .bind("now", now)
                .map((row, _) -> new Caller(
                        row.getObject("id", UUID.class),
                        row.getString("email"),
                        row.getString("username"),
                        null,
                        null,
                        row.getBoolean("operator"),
                        Set.of(row.getString("scopes").split(" ")),
                        roles(row)))
                .findOne();
    }

    private static Map<UUID, Role> roles(ResultSet row) throws SQLException {
        Array organizations = row.getArray("organizations");
        if (organizations == null) {
            return Map.of();
        }
        UUID[] ids = (UUID[]) organizations.getArray();
        String[] codes = (String[]) row.getArray("roles").getArray();
        return IntStream.range(0, ids.length)
                .boxed()
                .collect(Collectors.toMap(i -> ids[i], i -> Role.ofCode(codes[i])));
    }
}
