package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerEngine.ImageInfo;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ImageRightsTest {
    private static final String PRIVATE = "registry.example/team/tools:1";
    private static final String ALIAS = "registry.example/team/tools:newest";
    private static final String PUBLIC = "busybox:1";

    private final Database database = TestDatabase.create();
    private final ImageRights rights = new ImageRights(database);
    /** The images on the host, by name. */
    private final Map<String, String> images = new HashMap<>(Map.of(PUBLIC, "public"));

    private final ContainerEngine engine = (ContainerEngine) Proxy.newProxyInstance(
            ContainerEngine.class.getClassLoader(),
            new Class<?>[] {ContainerEngine.class},
            (_, method, arguments) -> method.getName().equals("imageIds")
                    ? Set.copyOf(images.values())
                    : Optional.ofNullable(images.get((String) arguments[0]))
                            .map(id -> new ImageInfo(id, "", "", Map.of())));
    private Attempt puller;
    private Attempt other;

    private int attempts;

    @BeforeEach
    void insert() {
        database.useTransaction(tx -> new SessionStore().insert(tx, new SessionFixture().row(), new byte[0]));
        puller = attempt();
        other = attempt();
    }

    private Attempt attempt() {
        UUID tag = UUID.randomUUID();
        database.useTransaction(tx -> tx.handle()
                .createUpdate("""
                        insert into placement_attempt (id, session_id, ordinal, provider, location, reference, gpu_model,
                            hourly_rate_micros, hourly_cost_micros, status, created_at, engine)
                        values (:id, :session, :ordinal, 'docker', 'LOCAL-01', 'ref', 'T4', 0, 0, 'launched', now(), 'unix:///fake')
                        """)
                .bind("id", tag)
                .bind("session", new SessionFixture().id)
                .bind("ordinal", ++attempts)
                .execute());
        return database.read(tx -> new SessionReadStore().find(tx, new SessionFixture().id))
                .orElseThrow()
                .attempt();
    }

    private void pull(String name, String id) {
        rights.pullBegins(puller, engine, name);
        images.put(name, id);
        rights.pullEnded(puller, engine);
    }

    private Optional<String> free(String name) {
        return rights.free(other, engine, name);
    }

    @Test
    void what_came_without_credentials_is_anybodys() {
        assertThat(free(PUBLIC)).contains("public");
        assertThat(free(PRIVATE)).isEmpty();
    }

    @Test
    void what_came_with_credentials_is_nobodys_under_any_name() {
        pull(PRIVATE, "private");
        images.put(ALIAS, "private");
        assertThat(free(PRIVATE)).isEmpty();
        assertThat(free(ALIAS)).isEmpty();
        assertThat(free(PUBLIC)).contains("public");
    }

    @Test
    void what_was_there_before_stays_anybodys() {
        pull(PUBLIC, "public");
        assertThat(free(PUBLIC)).contains("public");
    }

    @Test
    void what_was_there_under_another_name_stays_anybodys() {
        images.put("built-here", "tools");
        pull(PRIVATE, "tools");
        assertThat(free("built-here")).contains("tools");
    }

    @Test
    void a_pull_that_crashed_gives_nothing_away() {
        rights.pullBegins(puller, engine, PRIVATE);
        images.put(PRIVATE, "private");
        images.put(ALIAS, "private");
        assertThat(free(ALIAS)).isEmpty();
        database.useTransaction(tx -> new AttemptStore().gone(tx, puller.id(), SessionFixture.T0.plusSeconds(60)));
        assertThat(free(ALIAS)).isEmpty();
        images.remove(PRIVATE);
        assertThat(free(ALIAS))
                .as("also when the name that it was pulled by is gone")
                .isEmpty();
    }

    @Test
    void a_pull_that_moves_the_name_on_forgets_nothing_of_one_that_crashed() {
        rights.pullBegins(puller, engine, PRIVATE);
        images.put(PRIVATE, "private");
        images.put(ALIAS, "private");
        puller = attempt();
        pull(PRIVATE, "newer");
        assertThat(free(PRIVATE)).isEmpty();
        assertThat(free(ALIAS)).isEmpty();
    }

    @Test
    void a_pull_begun_again_after_a_crash_counts_what_the_first_try_brought() {
        rights.pullBegins(puller, engine, PRIVATE);
        images.put(PRIVATE, "private");
        pull(PRIVATE, "private");
        assertThat(free(PRIVATE)).isEmpty();
    }

    @Test
    void another_hosts_images_are_its_own_matter() {
        pull(PRIVATE, "private");
        assertThat(free(PRIVATE)).isEmpty();
        database.useTransaction(tx -> tx.handle().execute("update credentialed_image set engine = 'ssh://root@other'"));
        assertThat(free(PRIVATE)).contains("private");
    }
}
