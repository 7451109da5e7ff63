package com.mimiry.sessions;

import java.time.Instant;

/** @param seq grows within a session */
record SessionEvent(long seq, Instant at, String type, String state, String operation, String message) {}
