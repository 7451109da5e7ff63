package com.mimiry.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class IdempotencyKeysTest {
    private static final Instant NOW = Instant.parse("2026-05-01T08:00:00Z");
    private static final String PATH = "/api/compute/v1/sessions";
    private static final Database database = TestDatabase.create();

    private final UUID user = UUID.randomUUID();
    private final IdempotencyKeys keys = at(NOW);

    @Test
    void the_same_key_and_body_give_the_first_resource() {
        UUID first = UUID.randomUUID();
        assertThat(claim(keys, PATH, "k", "h", first)).isEmpty();
        assertThat(claim(keys, PATH, "k", "h", UUID.randomUUID())).contains(first);
        assertThat(claim(keys, "/other", "k", "h", UUID.randomUUID())).isEmpty();
        assertThat(claim(keys, PATH, "k2", "h", UUID.randomUUID())).isEmpty();
    }

    @Test
    void what_a_key_has_created_is_told_without_claiming_it() {
        UUID first = UUID.randomUUID();
        assertThat(created(keys, "h")).isEmpty();
        claim(keys, PATH, "k", "h", first);
        assertThat(created(keys, "h")).contains(first);
        assertThat(created(at(NOW.plus(Duration.ofHours(25))), "h")).isEmpty();
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> created(keys, "other"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
    }

    @Test
    void another_body_is_refused() {
        claim(keys, PATH, "k", "h", UUID.randomUUID());
        ApiException refusal =
                catchThrowableOfType(ApiException.class, () -> claim(keys, PATH, "k", "other", UUID.randomUUID()));
        assertThat(refusal.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
    }

    @Test
    void a_create_that_failed_leaves_the_key_free() {
        UUID failed = UUID.randomUUID();
        IllegalStateException failure = catchThrowableOfType(
                IllegalStateException.class,
                () -> database.useTransaction(tx -> {
                    assertThat(keys.claim(tx, user, PATH, "k", "h", failed)).isEmpty();
                    throw new IllegalStateException("failed later");
                }));
        assertThat(failure).hasMessage("failed later");
        assertThat(claim(keys, PATH, "k", "h", UUID.randomUUID())).isEmpty();
    }

    @Test
    void a_key_is_forgotten_after_a_day() {
        claim(keys, PATH, "k", "h", UUID.randomUUID());
        assertThat(claim(at(NOW.plus(Duration.ofDays(1))), PATH, "k", "h", UUID.randomUUID()))
                .isPresent();
        assertThat(claim(at(NOW.plus(Duration.ofHours(25))), PATH, "k", "other", UUID.randomUUID()))
                .isEmpty();
    }

    @Test
    void of_many_at_once_one_creates_and_the_others_get_its_resource() throws InterruptedException, ExecutionException {
        List<Future<UUID>> made = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                made.add(threads.submit(() -> {
                    UUID mine = UUID.randomUUID();
                    return claim(keys, PATH, "k", "h", mine).orElse(mine);
                }));
            }
        }
        Set<UUID> ids = new HashSet<>();
        for (Future<UUID> one : made) {
            ids.add(one.get());
        }
        assertThat(ids).hasSize(1);
    }

    @Test
    void equal_bodies_have_equal_hashes_whatever_their_order_and_spaces() {
        assertThat(hash("{\"a\":1,\"b\":{\"d\":2,\"c\":[1,2]}}"))
                .isEqualTo(hash(" {\"b\": {\"c\":[1, 2],\"d\":2}, \"a\":1}"));
        assertThat(hash("{\"a\":[1,2]}")).isNotEqualTo(hash("{\"a\":[2,1]}"));
        assertThat(hash("{\"a\":1}")).isNotEqualTo(hash("{\"a\":\"1\"}"));
        assertThat(hash("")).isEqualTo(hash("null")).isNotEqualTo(hash("{}"));
    }

    private static String hash(String json) {
        return CanonicalJson.sha256(json.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<UUID> created(IdempotencyKeys with, String hash) {
        return database.read(tx -> with.created(tx, user, PATH, "k", hash));
    }

    private Optional<UUID> claim(IdempotencyKeys with, String path, String key, String hash, UUID resource) {
        return database.inTransaction(tx -> with.claim(tx, user, path, key, hash, resource));
    }

    private static IdempotencyKeys at(Instant now) {
        return new IdempotencyKeys(Clock.fixed(now, ZoneOffset.UTC), Duration.ofDays(1));
    }
}
