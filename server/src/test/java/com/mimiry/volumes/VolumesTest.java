package com.mimiry.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.AccountSuspension;
import com.mimiry.billing.BillingAdmin;
import com.mimiry.billing.BillingRules;
import com.mimiry.billing.PrepaidBilling;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.TestDatabase;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Volumes on a real database with real billing; provider and clock are the test's. */
class VolumesTest {
    private static final Instant NOON = Instant.parse("2026-05-01T12:00:00Z");

    /** 0.073 a month is 100 micro-euro an hour for a GB. */
    private static final String PRICE = "0.073";

    private final Database database = TestDatabase.create();
    private final MovableClock clock = new MovableClock(NOON);
    private final FakeVolumes provider = new FakeVolumes(clock);
    private final UUID organization = UUID.randomUUID();
    private final Caller ada = new Caller(UUID.randomUUID(), "ada@example.org", "ada", null, null);
    private final PrepaidBilling billing =
            new PrepaidBilling(database, clock, UUID::randomUUID, BillingRules.defaults());
    private final BillingAdmin books = new BillingAdmin(database, clock, UUID::randomUUID, BillingRules.defaults());
    private final VolumeConfig config =
            TestConfig.of(VolumeConfig.class, Map.of("mimiry.volumes.monthly-price-per-gb", PRICE));
    private final VolumeProviders providers = new VolumeProviders(List.of(provider.provider()), clock);
    private final VolumePrices prices = new VolumePrices(config);
    private final VolumeSteps steps = new VolumeSteps(database, providers, prices, billing, config, clock);
    private final Volumes volumes = new Volumes(
            database,
            new PlaceChoice(providers, prices),
            prices,
            new OneOrganization(),
            billing,
            new IdempotencyKeys(clock, Duration.ofHours(24)),
            new NoReconciler(),
            config,
            clock,
            UUID::randomUUID);
    private final SessionVolumes sessions = new SessionVolumes(database, providers);

    VolumesTest() {
        credit("100");
    }

    private void credit(String euros) {
        database.useTransaction(
                tx -> billing.credit(tx, organization, Money.ofEuros(euros), "paid in", "test", clock.instant()));
    }

    private Volume create(String name, int sizeGb) {
        return volumes.create(ada, request(name, sizeGb), null, "");
    }

    private static NewVolume request(String name, int sizeGb) {
        return new NewVolume(name, BigDecimal.valueOf(sizeGb), null, null, null, null);
    }

    private Volume ready(String name, int sizeGb) {
        Volume volume = create(name, sizeGb);
        step(volume);
        return reload(volume);
    }

    private Next step(Volume volume) {
        return steps.step(volume.id());
    }

    private Volume reload(Volume volume) {
        return volumes.get(ada, volume.id());
    }

    /** Steps as often as the steps say, until at rest. */
    private Volume settle(Volume volume) {
        for (int i = 0; i < 200; i++) {
            switch (step(volume)) {
                case Next.Done _ -> {
                    return reload(volume);
                }
                case Next.After(Duration delay) -> {
                    if (delay.equals(billing.postingInterval())) {
                        return reload(volume);
                    }
                    clock.advance(delay.plusMillis(1));
                }
            }
        }
        throw new AssertionError("it never rests: " + reload(volume));
    }

    private UUID attach(Volume volume) {
        UUID session = UUID.randomUUID();
        attach(volume, session);
        return session;
    }

    private void attach(Volume volume, UUID session) {
        List<ChosenVolume> chosen = sessions.choose(
                organization, List.of(new MountRequest("volume_mounts[0]", volume.id(), null, "/data")));
        database.useTransaction(tx -> sessions.attach(tx, session, chosen, clock.instant()));
    }

    private void detach(UUID session) {
        database.useTransaction(tx -> sessions.detach(tx, session, clock.instant()));
    }

    private static ErrorCode codeOf(Throwable thrown) {
        return ((ApiException) thrown).code();
    }

    private static void assertRefused(ErrorCode code, Runnable call) {
        assertThatThrownBy(call::run)
                .asInstanceOf(type(ApiException.class))
                .extracting(ApiException::code)
                .isEqualTo(code);
    }

    @Test
    void a_volume_is_made_and_paid_for_to_the_second_until_it_is_proven_gone() {
        Volume volume = ready("data", 10);
        assertThat(volume.state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(volume.operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(volume.hourlyRate().micros()).isEqualTo(1_000);

        for (int minute = 0; minute < 3 * 60; minute++) {
            clock.advance(Duration.ofMinutes(1));
            step(volume);
        }
        assertThat(billing.charged(volume.id()).micros()).isEqualTo(3_000);

        clock.advance(Duration.ofSeconds(29));
        volumes.delete(ada, volume.id());
        Volume gone = settle(volume);

        assertThat(gone.state()).isEqualTo(VolumeState.DELETED);
        assertThat(provider.held).isEmpty();
        // Gone since the listing that began just after it was destroyed; the begun second counts.
        long seconds =
                Math.ceilDiv(Duration.between(NOON, gone.asked().absentSince()).toMillis(), 1000);
        assertThat(seconds).isBetween(3 * 3600 + 29L, 3 * 3600 + 31L);
        assertThat(billing.charged(volume.id()).micros()).isEqualTo(Math.round(seconds * 1_000 / 3600.0));
        assertThat(billing.balance(organization).orElseThrow().reserved()).isEqualTo(Money.ZERO);
        assertThat(books.faults()).isEmpty();
    }

    @Test
    void growing_changes_the_rate_from_then_on_and_not_before() {
        Volume volume = ready("data", 10);
        clock.advance(Duration.ofHours(2));
        step(volume);

        Volume growing = volumes.grow(ada, volume.id(), "size_gb", BigDecimal.valueOf(30));
        assertThat(growing.operation()).isEqualTo(VolumeOperation.RESIZING);
        assertThat(growing.state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(growing.sizeGb()).isEqualTo(10);
        assertThat(growing.hourlyRate().micros()).isEqualTo(1_000);
        assertThat(growing.times().updatedAt()).isEqualTo(volume.times().updatedAt());
        step(volume);
        Volume grown = reload(volume);
        assertThat(grown.sizeGb()).isEqualTo(30);
        assertThat(grown.operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(grown.times().updatedAt()).isEqualTo(volume.times().updatedAt());
        assertThat(grown.hourlyRate().micros()).isEqualTo(3_000);

        clock.advance(Duration.ofHours(1));
        step(volume);
        assertThat(billing.charged(volume.id()).micros()).isEqualTo(2 * 1_000 + 3_000);
        assertThat(books.faults()).isEmpty();
    }

    @Test
    void growth_that_the_provider_refuses_leaves_size_and_rate_and_says_why() {
        Volume volume = ready("data", 10);
        provider.failure = new ProviderFailure.NoCapacity("the disk is full");

        volumes.grow(ada, volume.id(), "size_gb", BigDecimal.valueOf(30));
        step(volume);

        Volume same = reload(volume);
        assertThat(same.sizeGb()).isEqualTo(10);
        assertThat(same.wantedGb()).isEqualTo(10);
        assertThat(same.operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(same.error()).contains("30 GB", "the disk is full");
        clock.advance(Duration.ofHours(1));
        step(volume);
        assertThat(billing.charged(volume.id()).micros()).isEqualTo(1_000);
    }

    @Test
    void a_larger_size_is_paid_for_from_when_the_provider_has_made_it() {
        Volume volume = ready("data", 10);
        volumes.grow(ada, volume.id(), "size_gb", BigDecimal.valueOf(30));
        for (int i = 0; i < 60; i++) {
            provider.failure = new ProviderFailure.Unavailable("its host is off", null);
            clock.advance(Duration.ofMinutes(1));
            step(volume);
        }
        assertThat(reload(volume).operation()).isEqualTo(VolumeOperation.RESIZING);
        provider.failure = null;
        step(volume);
        clock.advance(Duration.ofHours(1));
        step(volume);

        assertThat(reload(volume).sizeGb()).isEqualTo(30);
        assertThat(billing.charged(volume.id()).micros()).isEqualTo(1_000 + 3_000);
        assertThat(books.faults()).isEmpty();
    }

    @Test
    void growth_that_is_under_way_counts_for_quota_until_the_provider_refuses_it() {
        books.setQuota(by(), null, "volume_gb", 40L);
        Volume volume = ready("data", 10);
        Volume other = ready("other", 1);
        volumes.grow(ada, volume.id(), "size_gb", BigDecimal.valueOf(30));
        assertRefused(ErrorCode.QUOTA_EXCEEDED, () -> volumes.grow(ada, other.id(), "size_gb", BigDecimal.valueOf(20)));

        provider.failure = new ProviderFailure.NoCapacity("the disk is full");
        step(volume);

        assertThat(volumes.grow(ada, other.id(), "size_gb", BigDecimal.valueOf(20))
                        .wantedGb())
                .isEqualTo(20);
    }

    @Test
    void growth_ends_one_way_or_the_other_for_who_is_suspended_and_broke_meanwhile() {
        Volume refused = ready("refused", 10);
        Volume grown = ready("grown", 10);
        volumes.grow(ada, refused.id(), "size_gb", BigDecimal.valueOf(30));
        volumes.grow(ada, grown.id(), "size_gb", BigDecimal.valueOf(30));
        books.adjust(by(), Money.ofEuros("-99.999"), null);
        database.useTransaction(tx -> new AccountSuspension().changed(tx, organization, true));

        provider.failure = new ProviderFailure.NoCapacity("the disk is full");
        step(refused);
        step(grown);

        assertThat(reload(refused).operation()).isEqualTo(VolumeOperation.NONE);
        assertThat(reload(refused).error()).contains("the disk is full");
        assertThat(reload(grown).sizeGb()).isEqualTo(30);
        assertThat(reload(grown).hourlyRate().micros()).isEqualTo(3_000);
        clock.advance(Duration.ofHours(1));
        step(refused);
        step(grown);
        assertThat(billing.charged(refused.id()).micros()).isEqualTo(1_000);
        assertThat(billing.charged(grown.id()).micros()).isEqualTo(3_000);
        assertThat(books.faults()).isEmpty();
    }

    @Test
    void growth_without_a_clear_answer_is_asked_for_again() {
        Volume volume = ready("data", 10);
        provider.failure = new ProviderFailure.Unavailable("broken pipe", null);

        volumes.grow(ada, volume.id(), "size_gb", BigDecimal.valueOf(30));
        step(volume);
        assertThat(reload(volume).operation()).isEqualTo(VolumeOperation.RESIZING);

        assertThat(settle(volume).sizeGb()).isEqualTo(30);
        assertThat(provider.asked).containsExactly("create", "resize to 30", "resize to 30");
    }

    @Test
    void a_volume_only_grows() {
        Volume volume = ready("data", 10);
        for (int size : new int[] {10, 9, 0, -1}) {
            assertRefused(
                    ErrorCode.INVALID_FIELD,
                    () -> volumes.grow(ada, volume.id(), "new_size_gb", BigDecimal.valueOf(size)));
        }
        assertRefused(ErrorCode.INVALID_FIELD, () -> volumes.grow(ada, volume.id(), "size_gb", new BigDecimal("10.5")));
        assertRefused(ErrorCode.INVALID_STATE, () -> {
            Volume young = create("young", 1);
            volumes.grow(ada, young.id(), "size_gb", BigDecimal.TEN);
        });
    }

    @Test
    void a_volume_made_without_an_answer_is_found_and_not_made_twice() {
        provider.failure = new ProviderFailure.Unavailable("connection reset", null);
        provider.failsAfterwards = true;
        Volume volume = create("data", 5);

        assertThat(settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(provider.asked).containsExactly("create");
    }

    @Test
    void a_volume_not_made_without_an_answer_is_made_when_its_absence_is_proven() {
        provider.failure = new ProviderFailure.Unavailable("connection refused", null);
        provider.listable = false;
        Volume volume = create("data", 5);
        for (int i = 0; i < 60; i++) {
            step(volume);
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(provider.asked).as("silence proves nothing").containsExactly("create");

        provider.listable = true;
        assertThat(settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(provider.asked).containsExactly("create", "create");
    }

    @Test
    void a_volume_that_cannot_be_made_fails_in_the_providers_words_and_costs_nothing() {
        provider.failure = new ProviderFailure.NoCapacity("no disk is left");
        Volume failed = settle(create("data", 5));

        assertThat(failed.state()).isEqualTo(VolumeState.FAILED);
        assertThat(failed.error()).contains("no disk is left");
        assertThat(billing.balance(organization).orElseThrow().available().euros())
                .isEqualByComparingTo("100");
        assertThat(ready("data", 5).state()).as("its name is free").isEqualTo(VolumeState.PROVISIONED);

        assertThat(volumes.delete(ada, failed.id()).first()).isTrue();
        assertThat(settle(failed).state()).isEqualTo(VolumeState.DELETED);
    }

    @Test
    void a_rate_limit_is_waited_for() {
        provider.failure = new ProviderFailure.RateLimited("slow down", Duration.ofSeconds(7));
        Volume volume = create("data", 5);

        assertThat(step(volume)).isEqualTo(new Next.After(Duration.ofSeconds(7)));
        assertThat(settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
    }

    @Test
    void one_deleted_before_it_was_made_is_never_paid_for() {
        Volume volume = create("data", 5);
        volumes.delete(ada, volume.id());

        assertThat(settle(volume).state()).isEqualTo(VolumeState.DELETED);
        assertThat(provider.asked).doesNotContain("create");
        assertThat(billing.charged(volume.id())).isEqualTo(Money.ZERO);
        assertThat(billing.balance(organization).orElseThrow().reserved()).isEqualTo(Money.ZERO);
    }

    @Test
    void one_deleted_while_its_making_has_no_answer_leaves_nothing() {
        provider.failure = new ProviderFailure.Unavailable("time out", null);
        provider.failsAfterwards = true;
        Volume volume = create("data", 5);
        step(volume);
        assertThat(provider.held).hasSize(1);
        provider.failsAfterwards = false;
        volumes.delete(ada, volume.id());

        assertThat(settle(volume).state()).isEqualTo(VolumeState.DELETED);
        assertThat(provider.held).isEmpty();
        assertThat(billing.charged(volume.id())).isEqualTo(Money.ZERO);
    }

    @Test
    void the_end_of_the_money_keeps_the_contents_and_goes_below_zero() {
        books.adjust(by(), Money.ofEuros("-99.999"), null);
        Volume volume = ready("data", 1);
        for (int hour = 0; hour < 24; hour++) {
            clock.advance(Duration.ofHours(1));
            step(volume);
        }

        assertThat(reload(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(provider.held).hasSize(1);
        assertThat(billing.balance(organization).orElseThrow().cash().micros()).isEqualTo(1_000 - 24 * 100);
        assertRefused(ErrorCode.INSUFFICIENT_BALANCE, () -> create("more", 1));
        assertRefused(
                ErrorCode.INSUFFICIENT_BALANCE, () -> volumes.grow(ada, volume.id(), "size_gb", BigDecimal.valueOf(2)));
        assertThat(reload(volume).wantedGb()).isEqualTo(1);
        assertThat(books.faults()).isEmpty();
    }

    @Test
    void the_quota_of_gigabytes_holds_against_fifty_at_once() throws Exception {
        books.setQuota(by(), null, "volume_gb", 100L);
        List<Object> outcomes = atOnce(50, i -> create("v" + i, 10));

        assertThat(outcomes.stream().filter(Volume.class::isInstance)).hasSize(10);
        assertThat(outcomes.stream().filter(ApiException.class::isInstance).map(e -> codeOf((Throwable) e)))
                .hasSize(40)
                .containsOnly(ErrorCode.QUOTA_EXCEEDED);
        Volume one = (Volume)
                outcomes.stream().filter(Volume.class::isInstance).findFirst().orElseThrow();
        step(one);
        assertRefused(ErrorCode.QUOTA_EXCEEDED, () -> volumes.grow(ada, one.id(), "size_gb", BigDecimal.valueOf(11)));
    }

    @Test
    void a_name_is_given_once_against_twenty_at_once() throws Exception {
        List<Object> outcomes = atOnce(20, _ -> create("data", 1));

        assertThat(outcomes.stream().filter(Volume.class::isInstance)).hasSize(1);
        assertThat(outcomes.stream().filter(ApiException.class::isInstance).map(e -> codeOf((Throwable) e)))
                .hasSize(19)
                .containsOnly(ErrorCode.CONFLICT);
    }

    @Test
    void the_same_idempotency_key_gives_the_same_volume() {
        Volume first = volumes.create(ada, request("data", 1), "key", "hash");
        Volume second = volumes.create(ada, request("data", 1), "key", "hash");

        assertThat(second.id()).isEqualTo(first.id());
        assertRefused(ErrorCode.IDEMPOTENCY_KEY_REUSED, () -> volumes.create(ada, request("data", 2), "key", "other"));
    }

    @Test
    void of_fifty_sessions_at_once_one_gets_the_volume() throws Exception {
        Volume volume = ready("data", 1);
        List<Object> outcomes = atOnce(50, _ -> attach(volume));

        List<Object> winners = outcomes.stream().filter(UUID.class::isInstance).toList();
        assertThat(winners).hasSize(1);
        assertThat(outcomes.stream().filter(ApiException.class::isInstance).map(e -> codeOf((Throwable) e)))
                .hasSize(49)
                .containsOnly(ErrorCode.VOLUME_IN_USE);
        assertThat(reload(volume).attachedTo()).isEqualTo(winners.getFirst());
    }

    @Test
    void one_that_is_attached_is_not_deleted_and_comes_free_by_itself() {
        Volume volume = ready("data", 1);
        UUID session = attach(volume);
        assertRefused(ErrorCode.VOLUME_IN_USE, () -> volumes.delete(ada, volume.id()));
        assertThat(sessions.mounts(List.of(session)))
                .containsEntry(session, List.of(new SessionVolumes.Mount(volume.id(), "data", "/data")));

        detach(session);
        assertThat(reload(volume).attachedTo()).isNull();
        UUID next = attach(volume);
        detach(session);
        assertThat(reload(volume).attachedTo())
                .as("only its holder gives it back")
                .isEqualTo(next);
        assertThat(sessions.mounts(List.of(session)))
                .as("what it had stays known")
                .containsKey(session);
        detach(next);
        assertThat(volumes.delete(ada, volume.id()).first()).isTrue();
        assertThat(volumes.delete(ada, volume.id()).first()).isFalse();
        assertRefused(ErrorCode.INVALID_STATE, () -> attach(volume));
    }

    @Test
    void two_sessions_that_want_the_same_volumes_in_different_order_never_wait_for_each_other() throws Exception {
        Volume one = ready("one", 1);
        Volume two = ready("two", 1);
        for (int round = 0; round < 20; round++) {
            List<Object> outcomes = atOnce(8, i -> {
                UUID session = UUID.randomUUID();
                List<ChosenVolume> chosen = sessions.choose(
                        organization,
                        List.of(
                                new MountRequest("a", i % 2 == 0 ? one.id() : two.id(), null, "/a"),
                                new MountRequest("b", i % 2 == 0 ? two.id() : one.id(), null, "/b")));
                database.useTransaction(tx -> sessions.attach(tx, session, chosen, clock.instant()));
                return session;
            });
            List<Object> winners =
                    outcomes.stream().filter(UUID.class::isInstance).toList();
            assertThat(winners).hasSize(1);
            detach((UUID) winners.getFirst());
        }
    }

    @Test
    void what_a_session_asks_for_has_to_be_there_once() {
        ready("data", 1);
        assertThatThrownBy(() -> sessions.choose(
                        organization, List.of(new MountRequest("volume_mounts[0].volume_name", null, "dat", "/d"))))
                .hasMessageContaining("\"dat\"");
        assertThatThrownBy(() -> sessions.choose(UUID.randomUUID(), List.of(new MountRequest("x", null, "data", "/d"))))
                .as("another organization's")
                .isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> sessions.choose(
                        organization,
                        List.of(new MountRequest("x", null, "data", "/d"), new MountRequest("y", null, "data", "/e"))))
                .hasMessageContaining("twice");
    }

    /** Sweeps, and tells what was found. */
    private List<Verdict> swept(VolumeConfig config) {
        VolumeHoldings holdings = new VolumeHoldings(database, providers, new NoReconciler(), config, clock);
        List<Item> items = holdings.look("fake").orElseThrow().items();
        items.stream()
                .filter(item -> item.verdict() == Verdict.ORPHAN || item.verdict() == Verdict.MISSING)
                .forEach(item -> holdings.settle("fake", item));
        return items.stream().map(Item::verdict).toList();
    }

    @Test
    void a_volume_that_vanishes_is_failed_after_two_looks_and_no_longer_paid_for() {
        Volume volume = ready("data", 10);
        clock.advance(Duration.ofHours(1));
        provider.held.clear();

        assertThat(swept(config)).containsExactly(Verdict.MISSING);
        Instant seen = clock.instant();
        Volume failed = settle(volume);

        assertThat(failed.state()).isEqualTo(VolumeState.FAILED);
        assertThat(failed.error()).contains("gone from fake");
        assertThat(Duration.between(seen, clock.instant())).isGreaterThanOrEqualTo(config.absenceGap());
        clock.advance(Duration.ofHours(5));
        step(volume);
        assertThat(billing.charged(volume.id()).micros()).isEqualTo(1_000);
        assertThat(books.faults()).isEmpty();
    }

    @Test
    void a_volume_that_was_lost_with_its_host_says_why() {
        Volume volume = ready("data", 10);
        clock.advance(Duration.ofHours(1));
        provider.held.clear();
        provider.lostBecause = "its power supply burnt";
        swept(config);

        assertThat(settle(volume).error()).contains("its host was lost (its power supply burnt)");
    }

    @Test
    void where_a_part_of_the_provider_is_silent_its_volumes_stay_and_deletes_elsewhere_end() {
        Volume silent = ready("silent", 10);
        Volume deleted = ready("deleted", 10);
        clock.advance(Duration.ofHours(1));
        provider.hidden.add(silent.id());
        volumes.delete(ada, deleted.id());

        assertThat(settle(deleted).state()).isEqualTo(VolumeState.DELETED);
        assertThat(swept(config)).containsExactly(Verdict.UNSEEN);
        assertThat(settle(silent).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(reload(silent).asked().absentSince()).isNull();
    }

    @Test
    void a_listing_that_misses_a_volume_once_changes_nothing() {
        Volume volume = ready("data", 10);
        clock.advance(Duration.ofHours(1));
        var there = Map.copyOf(provider.held);
        provider.held.clear();
        swept(config);
        provider.held.putAll(there);
        clock.advance(Duration.ofSeconds(1));

        assertThat(settle(volume).state()).isEqualTo(VolumeState.PROVISIONED);
        assertThat(reload(volume).asked().absentSince()).isNull();
    }

    @Test
    void a_sweep_destroys_what_was_deleted_and_only_reports_what_no_row_knows() {
        Volume volume = ready("data", 10);
        volumes.delete(ada, volume.id());
        settle(volume);
        // A create that came late, after all proof.
        provider.held.put(volume.id(), provider.of(volume.id(), 10));
        UUID stranger = UUID.randomUUID();
        provider.held.put(stranger, provider.of(stranger, 10));
        clock.advance(Duration.ofDays(2));

        assertThat(swept(config)).containsExactlyInAnyOrder(Verdict.ORPHAN, Verdict.KEPT);

        assertThat(provider.held).containsOnlyKeys(stranger);

        VolumeConfig strict = TestConfig.of(VolumeConfig.class, Map.of("mimiry.volumes.destroy-unknown", "true"));
        clock.advance(Duration.ofSeconds(1));
        assertThat(swept(strict)).containsExactly(Verdict.ORPHAN);
        assertThat(provider.held).isEmpty();
    }

    @Test
    void a_sweep_never_destroys_the_young_or_the_live() {
        VolumeConfig strict = TestConfig.of(VolumeConfig.class, Map.of("mimiry.volumes.destroy-unknown", "true"));
        Volume volume = ready("data", 10);
        clock.advance(Duration.ofDays(1));
        UUID young = UUID.randomUUID();
        provider.held.put(young, provider.of(young, 1));
        clock.advance(Duration.ofMinutes(59));

        assertThat(swept(strict)).containsExactlyInAnyOrder(Verdict.OWNED, Verdict.TOO_YOUNG);
        assertThat(provider.held).containsOnlyKeys(volume.id(), young);
    }

    @Test
    void an_hourly_rate_is_rounded_up_once_for_the_whole_volume() {
        assertThat(prices.hourlyRate("fake", Money.ZERO, 1).micros()).isEqualTo(100);
        VolumePrices odd = new VolumePrices(TestConfig.of(
                VolumeConfig.class,
                Map.of(
                        "mimiry.volumes.monthly-price-per-gb",
                        "0.05",
                        "mimiry.volumes.monthly-prices-per-gb.dear",
                        "0.2")));
        assertThat(odd.hourlyRate("fake", Money.ZERO, 1).micros()).isEqualTo(69);
        assertThat(odd.hourlyRate("fake", Money.ZERO, 1000).micros()).isEqualTo(68_494);
        assertThat(odd.hourlyRate("Dear", Money.ofEuros("0.3"), 1000).micros()).isEqualTo(273_973);
    }

    @Test
    void without_a_price_of_its_own_a_providers_volumes_are_not_sold_below_what_it_takes() {
        VolumePrices usual = new VolumePrices(
                TestConfig.of(VolumeConfig.class, Map.of("mimiry.volumes.monthly-price-per-gb", "0.05")));
        assertThat(usual.hourlyRate("dear", Money.ofEuros("0.2"), 1000).micros())
                .isEqualTo(273_973);
    }

    private BillingAdmin.By by() {
        return new BillingAdmin.By("test", organization, "test");
    }

    private interface Attempt {
        Object run(int number) throws Exception;
    }

    /** @return what each gave, or the {@link ApiException} that it ended with */
    private static List<Object> atOnce(int count, Attempt attempt) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Object>> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                calls.add(() -> {
                    try {
                        return attempt.run(number);
                    } catch (ApiException e) {
                        return e;
                    }
                });
            }
            List<Object> outcomes = new ArrayList<>();
            for (Future<Object> done : threads.invokeAll(calls)) {
                outcomes.add(done.get());
            }
            return outcomes;
        }
    }

    private final class OneOrganization implements Organizations {
        @Override
        public UUID resolve(Caller caller, @Nullable String name, Permission permission) {
            return organization;
        }

        @Override
        public Set<UUID> having(Caller caller, Permission permission) {
            return Set.of(organization);
        }

        @Override
        public boolean isMember(UUID organizationId, UUID userId) {
            return organization.equals(organizationId);
        }

        @Override
        public void requireKnown(UUID organizationId) {}

        @Override
        public void require(Caller caller, UUID organizationId, Permission permission) {}
    }

    /** Steps are the test's to make. */
    private static final class NoReconciler implements Reconciler {
        private final Map<UUID, String> begun = new HashMap<>();

        @Override
        public synchronized void begin(Transaction tx, String kind, UUID id) {
            begun.put(id, kind);
        }

        @Override
        public void wake(String kind, UUID id) {}
    }
}
