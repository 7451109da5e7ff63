package com.mimiry.identity;

/** A member's role in an organization. */
public enum Role {
    OWNER,
    ADMIN,
    MEMBER,
    BILLING,
    VIEWER
}
