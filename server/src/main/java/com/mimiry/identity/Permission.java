package com.mimiry.identity;

/** What an endpoint needs of its caller in the organization that it acts on; the table of who has what is in {@link Role}. */
public enum Permission {
    /** Anybody, signed in or not. */
    PUBLIC,
    /** Anybody who is signed in. */
    SIGNED_IN,
    SESSIONS_READ,
    SESSIONS_WRITE,
    VOLUMES_READ,
    VOLUMES_WRITE,
    BILLING_READ,
    BILLING_WRITE,
    ORGANIZATION_READ,
    ORGANIZATION_WRITE,
    MEMBERS_WRITE,
    /** Changes to the caller's own account: keys, invitations. No organization is involved. */
    ACCOUNT_WRITE,
    /** The operator of this server. */
    OPERATOR
}
