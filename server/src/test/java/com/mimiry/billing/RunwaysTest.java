package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.billing.Billing.Meter;
import com.mimiry.billing.Runways.Spender;
import com.mimiry.platform.Money;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who shares what was read. */
class RunwaysTest {
    private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
    private static final Spender SPENDER = new Spender(new UUID(0, 1), new UUID(0, 2));
    private static final Meter METER = new Meter(
            new UUID(0, 3),
            "session",
            SPENDER.organizationId(),
            SPENDER.userId(),
            Money.ofEuros("1"),
            Money.ofEuros("0.1"),
            "docker",
            "H100",
            1,
            null,
            "Session, H100");

    private final Runways runways = new Runways();
    private int reads;

    private Runway ask(int meters, Instant now) {
        return runways.of(SPENDER, now, () -> {
            reads++;
            Funds funds = new Funds(SPENDER.organizationId(), true, false, false, Money.ZERO, Money.ZERO, null);
            return new Runway(funds, Collections.nCopies(meters, MeterReading.fresh(METER)), List.of(), now);
        });
    }

    @Test
    void few_meters_are_read_anew_for_everybody_who_asks() {
        ask(199, NOW);
        ask(199, NOW);
        assertThat(reads).isEqualTo(2);
    }

    @Test
    void many_meters_are_read_once_in_five_seconds() {
        ask(200, NOW);
        Runway second = ask(200, NOW.plusSeconds(4));
        assertThat(reads).isEqualTo(1);
        assertThat(second.readAt()).isEqualTo(NOW);
        ask(200, NOW.plusSeconds(5));
        assertThat(reads).isEqualTo(2);
    }

    @Test
    void what_has_become_few_is_read_anew_again() {
        ask(200, NOW);
        ask(199, NOW.plusSeconds(5));
        ask(199, NOW.plusSeconds(6));
        assertThat(reads).isEqualTo(3);
    }
}
