package com.mimiry.billing;

/** Why money ends a resource. */
public enum StopCause {
    BALANCE_DEPLETED("balance_depleted", "The organization's balance is used up."),
    COST_LIMIT("cost_limit", "Its cost has reached max_cost."),
    SPEND_LIMIT("cost_limit", "A spend limit of the organization or the user is reached."),
    SUSPENDED("suspended", "The organization is suspended.");

    private final String stopReason;
    private final String message;

    StopCause(String stopReason, String message) {
        this.stopReason = stopReason;
        this.message = message;
    }

    /** The contract's word for it. */
    public String stopReason() {
        return stopReason;
    }

    /** A sentence for the session's owner. */
    public String message() {
        return message;
    }
}
