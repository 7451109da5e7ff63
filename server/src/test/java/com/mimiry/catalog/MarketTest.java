package com.mimiry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mimiry.platform.Database;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class MarketTest {
    private static final Offer T4 = Offers.divisible("docker", "LOCAL-01", "T4_16G_PCIe", 4, "0.35", 4);
    private static final Offer H100 = Offers.fixed("verda", "FIN-01", "H100_80G_SXM", 8, "16.00", 1);

    private final Database database = TestDatabase.create();
    private final MovableClock clock = new MovableClock();
    private final GpuCatalog catalog = new GpuCatalog();
    private final FakeProvider docker = new FakeProvider("docker", T4);
    private final FakeProvider verda = new FakeProvider("verda", H100);

    @Test
    void rates_carry_the_margin_of_the_gpu_else_of_the_provider_else_the_general_one() {
        Market market = market(Map.of(
                "mimiry.market.margin", "10",
                "mimiry.market.provider-margins.verda", "50",
                "mimiry.market.gpu-margins.T4_16G_PCIe", "0"));

        assertThat(rate(market, "T4_16G_PCIe")).isEqualByComparingTo("0.35");
        assertThat(rate(market, "H100_80G_SXM")).isEqualByComparingTo("3");
        assertThat(rate(market(Map.of("mimiry.market.margin", "10")), "T4_16G_PCIe"))
                .isEqualByComparingTo("0.385");
    }

    @Test
    void a_rate_that_does_not_divide_is_rounded_up_so_that_the_sum_is_exact_and_covers_the_cost() {
        FakeProvider odd = new FakeProvider("odd", Offers.fixed("odd", "X", "T4_16G_PCIe", 3, "1.000000", 1));
        Candidate candidate = market(Map.of(), odd).offers().getFirst();

        assertThat(candidate.hourlyRatePerGpu().micros()).isEqualTo(333_334);
        assertThat(candidate.hourlyRate().micros()).isEqualTo(1_000_002);
        assertThat(candidate.hourlyCost().micros()).isEqualTo(1_000_000);
    }

    @Test
    void a_wrong_margin_stops_the_start() {
        assertThatThrownBy(() -> market(Map.of("mimiry.market.margin", "-101")))
                .hasMessageContaining("mimiry.market.margin");
        assertThatThrownBy(() -> market(Map.of("mimiry.market.gpu-margins.T5", "1")))
                .hasMessageContaining("mimiry.market.gpu-margins.T5");
    }

    @Test
    void a_provider_is_asked_again_only_when_its_answer_is_no_longer_fresh() {
        Market market = market(Map.of());
        market.offers();
        market.offers();
        assertThat(docker.asked).hasValue(1);

        clock.advance(Duration.ofSeconds(31));
        market.offers();
        assertThat(docker.asked).hasValue(2);
    }

    @Test
    void a_refusal_is_never_given_from_an_old_answer() {
        Market market = market(Map.of());
        docker.answer = () -> List.of(Offers.divisible("docker", "LOCAL-01", "T4_16G_PCIe", 4, "0.35", 0));
        assertThat(market.rank(t4())).isInstanceOf(Ranking.NothingFree.class);

        docker.answer = () -> List.of(T4);
        clock.advance(Duration.ofSeconds(5));

        assertThat(market.rank(t4())).isInstanceOf(Ranking.Ranked.class);
    }

    @Test
    void callers_cannot_make_us_ask_a_provider_more_often_than_it_likes() {
        Market market = market(Map.of());
        for (int i = 0; i < 50; i++) {
            market.noOlderThan(Duration.ZERO);
            clock.advance(Duration.ofMillis(10));
        }

        assertThat(docker.asked).hasValue(1);
    }

    @Test
    void a_failing_provider_s_last_answer_counts_for_a_bounded_time_and_the_others_are_not_touched() {
        Market market = market(Map.of("mimiry.market.stale-for", "5m"));
        market.offers();
        verda.answer = () -> {
            throw new ProviderFailure.Unavailable("502", null);
        };

        clock.advance(Duration.ofMinutes(4));
        assertThat(models(market)).containsExactlyInAnyOrder("T4_16G_PCIe", "H100_80G_SXM");

        clock.advance(Duration.ofMinutes(2));
        assertThat(models(market)).containsExactly("T4_16G_PCIe");
        assertThat(market.current().silent()).containsExactly("verda");

        verda.answer = () -> List.of(H100);
        clock.advance(Duration.ofMinutes(1));
        assertThat(models(market)).contains("H100_80G_SXM");
    }

    @Test
    void what_a_silent_provider_may_have_is_not_impossible() {
        verda.answer = () -> {
            throw new IllegalStateException("broken adapter");
        };

        assertThat(market(Map.of()).rank(request("H100"))).isInstanceOf(Ranking.NothingFree.class);
    }

    @Test
    void a_provider_that_hangs_is_left_out_after_its_time_and_asked_by_one_thread_only() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        verda.answer = () -> {
            try {
                never.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            return List.of();
        };
        Market market = market(Map.of("mimiry.market.provider-timeout", "200ms"));
        Thread[] others = new Thread[8];
        for (int i = 0; i < others.length; i++) {
            others[i] = Thread.ofVirtual().start(market::offers);
        }
        for (Thread other : others) {
            other.join();
        }

        assertThat(models(market)).containsExactly("T4_16G_PCIe");
        assertThat(verda.asked).hasValue(1);
    }

    @Test
    void a_provider_that_takes_its_time_is_shown_by_its_last_answer_meanwhile() {
        CountDownLatch never = new CountDownLatch(1);
        Market market = market(Map.of());
        market.offers();
        verda.answer = () -> {
            try {
                never.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            return List.of();
        };
        clock.advance(Duration.ofSeconds(31));
        long began = System.nanoTime();
        assertThat(models(market)).containsExactlyInAnyOrder("T4_16G_PCIe", "H100_80G_SXM");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
        never.countDown();
    }

    @Test
    void a_provider_that_hangs_on_every_call_makes_nobody_wait_for_its_whole_time_again() {
        CountDownLatch awake = new CountDownLatch(1);
        verda.answer = () -> {
            try {
                awake.await();
            } catch (InterruptedException _) {
                throw new ProviderFailure.Unavailable("interrupted", null);
            }
            return List.of(H100);
        };
        Market market = market(Map.of("mimiry.market.provider-timeout", "3s"));
        market.offers();
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofSeconds(4));
            long began = System.nanoTime();
            assertThat(models(market)).containsExactly("T4_16G_PCIe");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
        }
        awake.countDown();
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            clock.advance(Duration.ofMillis(500));
            assertThat(models(market)).contains("H100_80G_SXM");
        });
    }

    @Test
    void a_market_without_providers_has_nothing_free() {
        assertThat(market(Map.of(), new FakeProvider("empty")).rank(t4())).isInstanceOf(Ranking.NothingFree.class);
    }

    private Market market(Map<String, String> properties, Provider... providers) {
        List<Provider> all = providers.length == 0 ? List.of(docker, verda) : List.of(providers);
        return new Market(all, catalog, Configs.market(properties), database, clock);
    }

    private GpuRequest t4() {
        return request("T4");
    }

    private GpuRequest request(String type) {
        return new GpuDraft(List.of(type), null, null, null, null, null, null, null, null, null, null).checked(catalog);
    }

    private static BigDecimal rate(Market market, String model) {
        return market.offers().stream()
                .filter(candidate -> candidate.gpu().name().equals(model))
                .findFirst()
                .orElseThrow()
                .hourlyRatePerGpu()
                .euros();
    }

    private static List<String> models(Market market) {
        return market.offers().stream()
                .map(candidate -> candidate.gpu().name())
                .distinct()
                .toList();
    }
}
