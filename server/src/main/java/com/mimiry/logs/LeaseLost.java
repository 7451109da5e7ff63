package com.mimiry.logs;

import java.util.UUID;

/** Another replica captures this session now. */
final class LeaseLost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LeaseLost(UUID sessionId) {
        super("session " + sessionId + " is captured by another replica now");
    }
}
