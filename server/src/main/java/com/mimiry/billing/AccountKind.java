package com.mimiry.billing;

import java.util.Locale;

/** The ledger's accounts. A customer's money counts positive; what the operator took in, negative. */
enum AccountKind {
    /** What the customer may still reserve or use. */
    CASH,
    /** What is set aside for things that run or are about to. */
    RESERVED,
    /** What use has brought in. */
    USAGE_REVENUE,
    /** What the providers ask for the same use; negative. Revenue and it together are the margin, which has no account of its own. */
    PROVIDER_COST,
    /** What is owed to providers. */
    PROVIDER_PAYABLE,
    /** The other side of adjustments. */
    ADJUSTMENTS,
    /** The world that money is paid in from; negative. */
    EXTERNAL_FUNDING;

    boolean ofCustomer() {
        return this == CASH || this == RESERVED;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
