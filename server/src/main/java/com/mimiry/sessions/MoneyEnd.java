package com.mimiry.sessions;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When what is paid for ends.
 *
 * @param at null = never
 * @param reason why it ends then; null = it does not
 */
record MoneyEnd(@Nullable Instant at, @Nullable StopReason reason) {
    static final MoneyEnd NEVER = new MoneyEnd(null, null);

    private static final Duration MARGIN_MIN = Duration.ofSeconds(3);
    private static final int MARGIN_DIVISOR = 100;

    /**
     * Whether the two are so near each other that machines need not be told of the difference: within a hundredth of the
     * time left. With many sessions, each that starts or ends moves the end of all others by a little.
     */
    boolean closeTo(MoneyEnd other, Instant now) {
        if (at == null || other.at == null) {
            return at == null && other.at == null;
        }
        Duration left = Duration.between(now, at).dividedBy(MARGIN_DIVISOR);
        Duration margin = left.compareTo(MARGIN_MIN) > 0 ? left : MARGIN_MIN;
        return reason == other.reason && Duration.between(at, other.at).abs().compareTo(margin) <= 0;
    }

    /** How long it is until then and a little longer, since the server is to be first; null = without end. */
    @Nullable Duration left(Instant now, Duration slack) {
        if (at == null) {
            return null;
        }
        Duration left = Duration.between(now, at.plus(slack));
        return left.isNegative() ? Duration.ZERO : left;
    }
}
