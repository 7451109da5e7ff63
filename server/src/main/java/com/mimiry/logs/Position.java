package com.mimiry.logs;

import org.jspecify.annotations.Nullable;

/**
 * Where to go on in the engine's log.
 *
 * @param fromNs read entries stamped at or after this; null = from the start
 * @param skip that many of them have been consumed
 * @param entries consumed altogether
 * @param newestNs the highest stamp among them
 */
record Position(@Nullable Long fromNs, long skip, long entries, long newestNs) {
    static final Position START = new Position(null, 0, 0, 0);
}
