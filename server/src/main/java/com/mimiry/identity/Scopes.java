package com.mimiry.identity;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What an API key may be used for: the permissions by name, such as {@code sessions:read}; write includes read. */
final class Scopes {
    static final String ALL = "*";

    static final List<String> KNOWN = List.of(
            ALL,
            "sessions:read",
            "sessions:write",
            "volumes:read",
            "volumes:write",
            "billing:read",
            "billing:write",
            "organization:read",
            "organization:write",
            "members:write",
            "account:write");

    private Scopes() {}

    static boolean allow(Set<String> scopes, Permission permission) {
        if (scopes.contains(ALL)) {
            return true;
        }
        return switch (permission) {
            case PUBLIC, SIGNED_IN -> true;
            case OPERATOR -> false;
            case SESSIONS_READ, VOLUMES_READ, BILLING_READ, ORGANIZATION_READ ->
                scopes.contains(of(permission))
                        || scopes.contains(of(permission).replace(":read", ":write"));
            case SESSIONS_WRITE, VOLUMES_WRITE, BILLING_WRITE, ORGANIZATION_WRITE, MEMBERS_WRITE, ACCOUNT_WRITE ->
                scopes.contains(of(permission));
        };
    }

    private static String of(Permission permission) {
        return permission.name().toLowerCase(Locale.ROOT).replace('_', ':');
    }
}
