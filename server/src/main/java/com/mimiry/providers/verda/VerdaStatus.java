package com.mimiry.providers.verda;

import java.util.Locale;

/** What an instance's status means to us. Verda's lists of statuses differ, so a word that is not known means nothing. */
enum VerdaStatus {
    STARTING,
    RUNNING,
    /** Shut down, and billed on. */
    OFFLINE,
    DELETING,
    /** Deleted by us, taken back by Verda, or out of money: in any case there is no such machine any more. */
    DISCONTINUED,
    /** It never came up and will not, but is there until it is deleted. */
    FAILED,
    UNKNOWN;

    static VerdaStatus of(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "new", "ordered", "pending", "provisioning", "validating" -> STARTING;
            case "running" -> RUNNING;
            case "offline" -> OFFLINE;
            case "deleting" -> DELETING;
            case "discontinued" -> DISCONTINUED;
            case "no_capacity", "installation_failed", "error" -> FAILED;
            default -> UNKNOWN;
        };
    }
}
