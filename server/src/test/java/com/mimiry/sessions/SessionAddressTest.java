package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionAddressTest {
    @Test
    void every_address_that_is_made_is_known_as_a_sessions() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            assertThat(SessionAddress.isOne(SessionAddress.of(new UUID(0, random.nextLong()))))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.63.255.254", "127.128.0.1", "10.64.0.1", "0:0:0:0:0:0:0:1", ""})
    void other_addresses_are_not(String address) {
        assertThat(SessionAddress.isOne(address)).isFalse();
    }
}
