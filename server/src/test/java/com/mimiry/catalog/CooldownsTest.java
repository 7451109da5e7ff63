package com.mimiry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.Database;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What has just failed comes last everywhere: two markets on one database, as two replicas or two lives of one have them. */
class CooldownsTest {
    private static final Offer CHEAP = withoutCount(Offers.fixed("docker", "A", "T4_16G_PCIe", 1, "0.30", 1));
    private static final Offer DEAR = withoutCount(Offers.fixed("docker", "B", "T4_16G_PCIe", 1, "0.40", 1));
    private static final Offer DEAREST = withoutCount(Offers.fixed("other", "C", "T4_16G_PCIe", 1, "0.50", 1));
    private static final Offer COUNTED = Offers.divisible("counting", "D", "T4_16G_PCIe", 4, "0.20", 4);

    private final Database database = TestDatabase.create();
    private final MovableClock clock = new MovableClock();
    private final Market one = market(CHEAP, DEAR, DEAREST);
    private final Market other = market(CHEAP, DEAR, DEAREST);

    @Test
    void an_offer_that_failed_on_one_replica_comes_last_on_every_one_for_a_while() {
        assertThat(locations(other)).containsExactly("A", "B", "C");
        coolDown(one, CHEAP, Duration.ofMinutes(1));

        assertThat(locations(one)).containsExactly("B", "C", "A");
        assertThat(locations(other)).containsExactly("B", "C", "A");

        clock.advance(Duration.ofSeconds(59));
        assertThat(locations(other)).containsExactly("B", "C", "A");
        clock.advance(Duration.ofSeconds(1));
        assertThat(locations(other)).containsExactly("A", "B", "C");
    }

    @Test
    void a_server_that_was_started_again_knows_what_failed_before() {
        coolDown(one, CHEAP, Duration.ofMinutes(1));

        assertThat(locations(market(CHEAP, DEAR, DEAREST))).containsExactly("B", "C", "A");
    }

    @Test
    void a_provider_that_refuses_our_account_comes_last_with_all_it_has() {
        database.useTransaction(tx -> one.coolDown(tx, "docker", Duration.ofMinutes(1)));
        assertThat(locations(other)).containsExactly("C", "A", "B");

        clock.advance(Duration.ofMinutes(1));
        assertThat(locations(other)).containsExactly("A", "B", "C");
    }

    @Test
    void a_count_of_free_machines_taken_after_the_failure_is_believed_and_one_taken_before_is_not() {
        Market failing = market(COUNTED);
        Market counting = market(COUNTED);
        counting.offers();
        clock.advance(Duration.ofSeconds(1));
        coolDown(failing, COUNTED.withGpus(4), Duration.ofHours(1));

        assertThat(counting.current().isCooling(COUNTED.withGpus(4))).isTrue();
        assertThat(counting.current().isCooling(COUNTED.withGpus(1)))
                .as("machines with another number of GPUs")
                .isFalse();
        clock.advance(Duration.ofSeconds(31));
        assertThat(counting.noOlderThan(Duration.ZERO).isCooling(COUNTED.withGpus(4)))
                .as("counted since")
                .isFalse();
        assertThat(counting.cooling().test(COUNTED.withGpus(4)))
                .as("whatever was counted")
                .isTrue();
    }

    @Test
    void a_provider_that_refuses_our_account_is_not_believed_when_it_counts_what_is_free() {
        Market counting = market(COUNTED);
        database.useTransaction(tx -> one.coolDown(tx, "counting", Duration.ofHours(1)));
        clock.advance(Duration.ofSeconds(31));

        assertThat(counting.current().isCooling(COUNTED.withGpus(1))).isTrue();
    }

    @Test
    void of_two_failures_of_one_offer_the_later_end_holds() {
        coolDown(one, CHEAP, Duration.ofMinutes(2));
        coolDown(other, CHEAP, Duration.ofSeconds(30));
        clock.advance(Duration.ofSeconds(90));

        assertThat(locations(one)).containsExactly("B", "C", "A");
    }

    @Test
    void what_is_over_is_forgotten_with_the_next_failure() {
        coolDown(one, CHEAP, Duration.ofMinutes(1));
        database.useTransaction(tx -> one.coolDown(tx, "docker", Duration.ofMinutes(1)));
        clock.advance(Duration.ofMinutes(1));
        coolDown(other, DEAR, Duration.ofMinutes(1));

        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void a_sweep_waits_for_nobody() {
        coolDown(one, CHEAP, Duration.ofMinutes(1));
        clock.advance(Duration.ofMinutes(1));
        database.useTransaction(holding -> {
            one.coolDown(holding, CHEAP, Duration.ofMinutes(1));
            clock.advance(Duration.ofMinutes(2));
            // Of a thread of its own, as another server's would be.
            CompletableFuture.runAsync(() -> coolDown(other, DEAR, Duration.ofMinutes(1)))
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
        });

        assertThat(rows()).isEqualTo(2);
    }

    @Test
    void a_failure_that_was_not_written_down_cools_nothing() {
        assertThatThrownBy(() -> database.useTransaction(tx -> {
                    one.coolDown(tx, CHEAP, Duration.ofMinutes(1));
                    throw new IllegalStateException("the session had moved on");
                }))
                .hasMessage("the session had moved on");

        assertThat(locations(one)).containsExactly("A", "B", "C");
    }

    private long rows() {
        return database.read(tx -> tx.handle()
                .createQuery("select count(*) from cooldown")
                .mapTo(Long.class)
                .one());
    }

    private void coolDown(Market market, Offer offer, Duration duration) {
        database.useTransaction(tx -> market.coolDown(tx, offer, duration));
    }

    private Market market(Offer... offers) {
        Map<String, List<Offer>> byProvider = Stream.of(offers).collect(Collectors.groupingBy(Offer::provider));
        List<Provider> providers = new ArrayList<>();
        byProvider.forEach((name, its) -> providers.add(new FakeProvider(name, its.toArray(Offer[]::new))));
        return new Market(providers, new GpuCatalog(), Configs.market(Map.of()), database, clock);
    }

    private static List<String> locations(Market market) {
        GpuCatalog catalog = new GpuCatalog();
        GpuRequest t4 = new GpuDraft(List.of("T4"), null, null, null, null, null, null, null, null, null, null)
                .checked(catalog);
        return ((Ranking.Ranked) market.rank(t4))
                .candidates().stream()
                        .map(candidate -> candidate.offer().location())
                        .toList();
    }

    private static Offer withoutCount(Offer offer) {
        return new Offer(
                offer.provider(),
                offer.location(),
                offer.reference(),
                offer.gpuText(),
                0,
                1,
                1,
                offer.hourlyCost(),
                4,
                1_024,
                OptionalInt.empty(),
                true,
                false,
                false);
    }
}
