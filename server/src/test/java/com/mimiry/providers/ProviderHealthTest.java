package com.mimiry.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.ReplicaName;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.ProviderHealth.Health;
import com.mimiry.providers.ProviderHealth.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ProviderHealthTest {
    private final Database database = TestDatabase.create();
    private final Fragile provider = new Fragile();
    private final ProviderHealth health = replica("one");

    private ProviderHealth replica(String name) {
        return new ProviderHealth(database, Clocks.utc(), new ReplicaName(name));
    }

    @Test
    void a_failed_call_degrades_a_provider_in_its_own_words_and_an_answer_mends_it() {
        health.call(provider, () -> "fine");
        assertThat(here().state()).isEqualTo(State.OK);
        fail(health, new ProviderFailure.Unavailable("the moon is full", null));
        assertThat(here().state()).isEqualTo(State.DEGRADED);
        assertThat(here().lastError()).isEqualTo("the moon is full");
        assertThat(here().lastSuccessAt()).isNotNull();
        health.call(provider, () -> "fine");
        assertThat(here().state()).isEqualTo(State.OK);
        assertThat(here().lastError()).isEqualTo("the moon is full");
        assertThat(here().calls()).isEqualTo(3);
        assertThat(here().failures()).isEqualTo(1);
    }

    @Test
    void having_no_machine_free_is_an_answer_and_too_many_calls_are_counted() {
        fail(health, new ProviderFailure.NoCapacity("none free"));
        assertThat(here().state()).isEqualTo(State.OK);
        fail(health, new ProviderFailure.RateLimited("slow down", null));
        assertThat(here().rateLimited()).isEqualTo(1);
        assertThat(here().state()).isEqualTo(State.DEGRADED);
    }

    @Test
    void replicas_are_shown_together_and_the_worst_state_counts() {
        ProviderHealth other = replica("two");
        health.call(provider, () -> "fine");
        fail(other, new ProviderFailure.Unavailable("not from here", null));
        health.start(null, List.of(provider));
        other.start(null, List.of(provider));
        Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            List<Health> all = ProviderHealth.everywhere(database, Instant.now());
            assertThat(all).extracting(Health::replicas).containsExactly(2);
            assertThat(all.getFirst().state()).isEqualTo(State.DEGRADED);
            assertThat(all.getFirst().lastError()).isEqualTo("not from here");
            assertThat(all.getFirst().calls()).isEqualTo(2);
            assertThat(all.getFirst().rate()).isNotNull();
        });
        health.stop(null);
        other.stop(null);
        assertThat(ProviderHealth.everywhere(database, Instant.now().plusSeconds(120)))
                .as("of replicas that have said nothing for long")
                .isEmpty();
    }

    @Test
    void a_provider_that_was_asked_nothing_yet_is_shown_at_the_first_writing() {
        health.start(null, List.of(provider));
        Awaitility.await().atMost(Duration.ofSeconds(4)).untilAsserted(() -> {
            assertThat(ProviderHealth.everywhere(database, Instant.now()))
                    .extracting(Health::provider, Health::calls)
                    .containsExactly(tuple(provider.name(), 0L));
        });
        health.stop(null);
    }

    @Test
    void a_provider_that_is_left_alone_is_open() {
        health.call(provider, () -> "fine");
        provider.openUntil = Instant.now().plusSeconds(5);
        assertThat(here().state()).isEqualTo(State.OPEN);
        provider.openUntil = null;
        assertThat(here().state()).isEqualTo(State.OK);
    }

    @Test
    void the_watch_hides_no_method_of_an_adapter() {
        assertThat(methods(WatchedProvider.class)).containsAll(methods(Provider.class));
        assertThat(methods(WatchedVolumes.class)).containsAll(methods(VolumeProvider.class));
    }

    private static List<String> methods(Class<?> type) {
        return Stream.of(type.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .map(java.lang.reflect.Method::getName)
                .toList();
    }

    @Test
    void a_failed_call_about_volumes_degrades_their_provider() {
        VolumeProvider dead = (VolumeProvider) java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {VolumeProvider.class}, (_, _, _) -> {
                    throw new ProviderFailure.Unavailable("the disk is on fire", null);
                });
        provider.volumes = dead;
        VolumeProvider watched =
                new WatchedProvider(provider, health) {}.volumes().orElseThrow();

        for (Runnable call : List.<Runnable>of(
                watched::places,
                watched::volumes,
                watched::listing,
                () -> watched.resize(UUID.randomUUID(), 1),
                () -> watched.destroy(UUID.randomUUID()))) {
            health.call(provider, () -> "fine");
            assertThatThrownBy(call::run).isInstanceOf(ProviderFailure.Unavailable.class);
            assertThat(here().state()).isEqualTo(State.DEGRADED);
            assertThat(here().lastError()).isEqualTo("the disk is on fire");
        }
    }

    private Health here() {
        return health.here().iterator().next();
    }

    private void fail(ProviderHealth health, ProviderFailure failure) {
        assertThatThrownBy(() -> health.call(provider, () -> {
                    throw failure;
                }))
                .isSameAs(failure);
    }

    private static final class Fragile implements Provider {
        private Instant openUntil;
        private VolumeProvider volumes;

        @Override
        public Optional<VolumeProvider> volumes() {
            return Optional.ofNullable(volumes);
        }

        @Override
        public String name() {
            return "fragile";
        }

        @Override
        public Optional<Instant> leftAloneUntil() {
            return Optional.ofNullable(openUntil);
        }

        @Override
        public Optional<Rate> rate() {
            return Optional.of(new Rate(100, Instant.EPOCH));
        }

        @Override
        public List<Offer> offers() {
            return List.of();
        }

        @Override
        public Machine launch(LaunchRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Machine> machines() {
            return List.of();
        }

        @Override
        public void destroy(UUID tag) {}
    }
}
