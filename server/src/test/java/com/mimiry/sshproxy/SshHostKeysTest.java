package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.StartFailure;
import com.mimiry.platform.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.junit.jupiter.api.Test;

class SshHostKeysTest {
    private final Database database = TestDatabase.create();
    private final SecretBox secrets = SecretBox.withKey(SecretBox.newKey());

    @Test
    void replicas_that_start_together_show_the_same_keys() throws Exception {
        Callable<List<KeyPair>> start = () -> new SshHostKeys(database, secrets, Clocks.utc()).load();
        try (ExecutorService replicas = Executors.newFixedThreadPool(6)) {
            List<Future<List<KeyPair>>> started =
                    replicas.invokeAll(Stream.generate(() -> start).limit(6).toList());

            Set<Set<String>> shown = new HashSet<>();
            for (Future<List<KeyPair>> one : started) {
                shown.add(fingerprints(one.get()));
            }
            assertThat(shown).hasSize(1);
            assertThat(shown.iterator().next()).hasSize(2);
        }
    }

    @Test
    void a_private_key_is_not_readable_in_the_database() {
        new SshHostKeys(database, secrets, Clocks.utc()).load();

        assertThat(database.read(new SshHostKeyStore()::all).values())
                .hasSize(2)
                .noneMatch(stored -> new String(stored, StandardCharsets.ISO_8859_1).contains("PRIVATE KEY"));
    }

    @Test
    void another_secret_key_stops_the_start_with_a_sentence() {
        new SshHostKeys(database, secrets, Clocks.utc()).load();
        SshHostKeys other = new SshHostKeys(database, SecretBox.withKey(SecretBox.newKey()), Clocks.utc());

        assertThatThrownBy(other::load).isInstanceOf(StartFailure.class).hasMessageContaining("mimiry.secret-key");
    }

    private static Set<String> fingerprints(List<KeyPair> keys) {
        return keys.stream()
                .map(key -> KeyUtils.getFingerPrint(key.getPublic()))
                .collect(Collectors.toSet());
    }
}
