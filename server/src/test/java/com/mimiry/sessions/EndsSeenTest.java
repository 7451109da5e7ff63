package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EndsSeenTest {
    private static final Instant START = Instant.parse("2026-05-01T08:00:00Z");
    private static final UUID SESSION = new UUID(1, 1);

    private final EndsSeen ends = new EndsSeen();

    private Instant seen(int atSeconds) {
        return ends.seen(SESSION, START.plusSeconds(atSeconds));
    }

    @Test
    void it_counts_from_the_first_look_as_long_as_looks_follow_one_another() {
        assertThat(seen(0)).isEqualTo(START);
        assertThat(seen(10)).isEqualTo(START);
        assertThat(ends.seen(new UUID(2, 2), START.plusSeconds(15))).isEqualTo(START.plusSeconds(15));
        assertThat(seen(20)).isEqualTo(START);
    }

    @Test
    void after_a_pause_it_counts_anew() {
        seen(0);
        assertThat(seen(11)).isEqualTo(START.plusSeconds(11));
        assertThat(seen(12)).isEqualTo(START.plusSeconds(11));
    }
}
