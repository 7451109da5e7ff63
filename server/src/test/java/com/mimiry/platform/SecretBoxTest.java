package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretBoxTest {
    private static final Secret SECRET = new Secret("pässword\u0000");
    private static final String PLACE = "session/1/registry";

    private final Secret key = SecretBox.newKey();
    private final SecretBox box = SecretBox.withKey(key);

    @Test
    void what_was_sealed_opens_with_the_same_key_after_a_restart() {
        byte[] sealed = box.seal(SECRET, PLACE);

        assertThat(SecretBox.withKey(key).open(sealed, PLACE)).isEqualTo(SECRET);
    }

    @Test
    void the_same_secret_never_looks_the_same_twice() {
        assertThat(box.seal(SECRET, PLACE)).isNotEqualTo(box.seal(SECRET, PLACE));
    }

    @Test
    void it_opens_neither_with_another_key_nor_for_another_place_nor_after_any_change() {
        byte[] sealed = box.seal(SECRET, PLACE);

        assertRefused(SecretBox.withKey(SecretBox.newKey()), sealed, PLACE);
        assertRefused(box, sealed, "session/2/registry");
        for (int position = 0; position < sealed.length; position++) {
            byte[] changed = sealed.clone();
            changed[position] ^= 1;
            assertRefused(box, changed, PLACE);
        }
        assertRefused(box, Arrays.copyOf(sealed, sealed.length - 1), PLACE);
        assertRefused(box, new byte[0], PLACE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not base64!", "c2hvcnQ=", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWZnaGlqa2xtbm8="})
    void a_key_that_is_not_32_bytes_in_base64_stops_the_start_and_is_not_shown(String bad) {
        assertThatThrownBy(() -> SecretBox.withKey(new Secret(bad)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("openssl rand -base64 32")
                .message()
                .satisfies(message ->
                        assertThat(bad.isEmpty() || !message.contains(bad)).isTrue());
    }

    private static void assertRefused(SecretBox box, byte[] sealed, String place) {
        assertThatThrownBy(() -> box.open(sealed, place)).isInstanceOf(IllegalArgumentException.class);
    }
}
