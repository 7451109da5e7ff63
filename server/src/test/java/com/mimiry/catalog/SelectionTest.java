package com.mimiry.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.catalog.GpuRequest.Priority;
import com.mimiry.providers.Offer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private final GpuCatalog catalog = new GpuCatalog();
    private final Pricing pricing = new Pricing(Configs.market(Map.of()), catalog);

    private static final List<Offer> OFFERS = List.of(
            Offers.divisible("docker", "LOCAL-01", "T4_16G_PCIe", 4, "0.35", 4),
            Offers.fixed("verda", "FIN-01", "H100_80G_SXM", 1, "2.10", 5),
            Offers.fixed("verda", "FIN-01", "H100_80G_SXM", 8, "16.00", 1),
            Offers.fixed("verda", "FIN-02", "A100_80G_SXM", 1, "1.79", 2),
            Offers.fixed("acme", "US-EAST-1", "A100_80G_PCIe", 1, "1.59", 2),
            Offers.fixed("acme", "US-EAST-1", "H100_80G_PCIe", 1, "2.60", 2),
            Offers.fixed("acme", "US-EAST-1", "B200_180G_SXM", 1, "5.00", 0),
            Offers.cpu("docker", "LOCAL-01", "0.01"));

    @Test
    void a_request_for_nothing_special_gets_the_cheapest_gpu_and_never_a_machine_without() {
        assertThat(names(rank(GpuDraft.ANY)))
                .startsWith("T4_16G_PCIe", "A100_80G_PCIe")
                .doesNotContain("CPU");
    }

    @Test
    void types_alone_are_tried_in_their_order_whatever_they_cost() {
        assertThat(names(rank(types("H100_80G_PCIe", "A100_80G_SXM", "T4"))))
                .containsExactly("H100_80G_PCIe", "A100_80G_SXM", "T4_16G_PCIe");
    }

    @Test
    void an_alias_matches_all_it_fits_the_cheapest_first() {
        assertThat(names(rank(types("h100")))).containsExactly("H100_80G_SXM", "H100_80G_PCIe");
        assertThat(names(rank(types("A100_80G")))).containsExactly("A100_80G_PCIe", "A100_80G_SXM");
    }

    @Test
    void types_with_criteria_are_ordered_by_price_and_must_fit_both() {
        GpuDraft draft = new GpuDraft(
                List.of("H100", "A100"), null, List.of("sxm"), null, null, null, null, null, null, null, null);

        assertThat(names(rank(draft))).containsExactly("A100_80G_SXM", "H100_80G_SXM");
    }

    @Test
    void priorities_are_followed_in_turn() {
        GpuDraft byFamily = new GpuDraft(
                null,
                List.of("H100", "A100"),
                null,
                null,
                null,
                List.of("family", "form_factor", "price"),
                null,
                null,
                null,
                null,
                null);
        GpuDraft byMemory = new GpuDraft(
                null, null, null, List.of(80), null, List.of("VRAM", "PRICE"), null, null, null, null, null);

        assertThat(names(rank(byFamily)))
                .containsExactly("H100_80G_SXM", "H100_80G_PCIe", "A100_80G_PCIe", "A100_80G_SXM");
        assertThat(names(rank(byMemory))).startsWith("A100_80G_PCIe").doesNotContain("T4_16G_PCIe");
    }

    @Test
    void a_machine_of_several_gpus_costs_their_sum() {
        Ranking.Ranked ranked = (Ranking.Ranked) rank(draft(types("T4", "H100"), 4));
        Candidate four = ranked.candidates().getFirst();

        assertThat(ranked.candidates()).hasSize(1);
        assertThat(four.hourlyRate().euros()).isEqualByComparingTo("1.40");
        assertThat(four.hourlyRatePerGpu().euros()).isEqualByComparingTo("0.35");
        assertThat(four.offer().gpuCount()).isEqualTo(4);
        assertThat(four.offer().vcpus()).isEqualTo(16);
    }

    @Test
    void hints_come_first_when_they_have_capacity_and_exclude_nobody() {
        assertThat(providers(rank(hinted("acme", null)))).startsWith("acme").contains("docker", "verda");
        assertThat(((Ranking.Ranked) rank(hinted(null, "fin-02")))
                        .candidates()
                        .getFirst()
                        .gpu()
                        .name())
                .isEqualTo("A100_80G_SXM");
        assertThat(providers(rank(hinted("nobody", "nowhere")))).startsWith("docker");
    }

    @Test
    void what_has_just_failed_comes_last_even_when_hinted_at() {
        Ranking ranking = selection(hinted("acme", null))
                .rank(priced(OFFERS), offer -> offer.provider().equals("acme"), List.of());

        assertThat(providers(ranking)).startsWith("docker").endsWith("acme");
    }

    @Test
    void spot_machines_are_not_chosen() {
        Offer spot = OFFERS.get(1);
        Offer asSpot = new Offer(
                spot.provider(),
                spot.location(),
                "spot",
                spot.gpuText(),
                0,
                1,
                1,
                spot.hourlyCost(),
                8,
                1024,
                spot.free(),
                true,
                true,
                false);

        assertThat(selection(types("H100")).rank(priced(List.of(asSpot)), _ -> false, List.of()))
                .isInstanceOf(Ranking.NothingFree.class);
    }

    @Test
    void the_filter_that_removed_the_last_candidate_is_named_with_numbers() {
        assertImpossible(types("V100"), "gpu.types", "V100", "on offer are A100_80G_PCIe");
        assertImpossible(
                new GpuDraft(null, List.of("L4"), null, null, null, null, null, null, null, null, null),
                "gpu.family",
                "L4");
        assertImpossible(
                new GpuDraft(List.of("T4"), null, List.of("NVL"), null, null, null, null, null, null, null, null),
                "gpu.form_factor",
                "NVL",
                "T4_16G_PCIe");
        assertImpossible(
                new GpuDraft(null, null, null, List.of(500, 200), null, null, null, null, null, null, null),
                "gpu.vram_gb",
                "180 GB",
                "200");
        assertImpossible(draft(types("H100"), 3), "gpu.count", "3 GPUs", "1, 8");
        assertImpossible(
                new GpuDraft(
                        List.of("H100"), null, null, null, null, null, null, new BigDecimal("1.00"), null, null, null),
                "gpu.max_hourly_rate",
                "The cheapest H100_80G_SXM is 2.10 EUR/h per GPU, above gpu.max_hourly_rate 1.00.");
    }

    @Test
    void an_offer_without_a_free_machine_is_not_impossible() {
        assertThat(rank(types("B200"))).isInstanceOf(Ranking.NothingFree.class);
    }

    @Test
    void nothing_is_impossible_while_a_provider_is_silent() {
        Ranking ranking = selection(types("V100")).rank(priced(OFFERS), _ -> false, List.of("runpod"));

        assertThat(ranking)
                .isInstanceOfSatisfying(
                        Ranking.NothingFree.class,
                        nothing -> assertThat(nothing.message()).contains("runpod"));
    }

    @Test
    void the_cap_compares_with_the_rate_of_one_gpu() {
        GpuDraft draft = new GpuDraft(
                List.of("H100"), null, null, null, 8, null, null, new BigDecimal("2.00"), null, null, null);

        assertThat(names(rank(draft))).containsExactly("H100_80G_SXM");
    }

    @Test
    void a_gpu_that_the_catalogue_does_not_know_can_be_asked_for_by_the_name_it_is_shown_under() {
        Offer odd = Offers.fixed("acme", "US-EAST-1", "NVIDIA Foo 9000", 1, "1.00", 1);

        assertThat(names(selection(types("unknown:nvidia foo 9000")).rank(priced(List.of(odd)), _ -> false, List.of())))
                .containsExactly("Unknown:NVIDIA Foo 9000");
    }

    @Test
    void the_order_does_not_depend_on_the_order_of_the_offers() {
        List<String> once = references(rank(GpuDraft.ANY));
        Ranking reversed = selection(GpuDraft.ANY).rank(priced(OFFERS.reversed()), _ -> false, List.of());

        assertThat(references(reversed)).isEqualTo(once);
        assertThat(GpuDraft.ANY.checked(catalog).order()).contains("PRICE", "ties by");
    }

    @Test
    void the_default_priority_follows_from_what_is_asked() {
        assertThat(types("T4").checked(catalog).priority()).containsExactly(Priority.GPU);
        assertThat(GpuDraft.ANY.checked(catalog).priority()).containsExactly(Priority.PRICE);
    }

    @Test
    void machines_that_may_be_taken_back_are_for_those_who_ask_for_them_and_only_these() {
        List<Offer> both = new ArrayList<>(OFFERS);
        both.add(Offers.spot(OFFERS.getFirst(), "0.01"));
        GpuDraft spot = new GpuDraft(null, null, null, null, null, null, null, null, null, null, true);

        assertThat(references(selection(GpuDraft.ANY).rank(priced(both), _ -> false, List.of())))
                .isEqualTo(references(rank(GpuDraft.ANY)));
        Ranking ranked = selection(spot).rank(priced(both), _ -> false, List.of());
        assertThat(((Ranking.Ranked) ranked).candidates())
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.offer().spot()).isTrue());
        assertImpossible(spot, "gpu.spot", "leave gpu.spot out");
    }

    private void assertImpossible(GpuDraft draft, String filter, String... words) {
        assertThat(rank(draft)).isInstanceOfSatisfying(Ranking.Impossible.class, impossible -> {
            assertThat(impossible.filter()).isEqualTo(filter);
            assertThat(impossible.message()).contains(words);
        });
    }

    private Ranking rank(GpuDraft draft) {
        return selection(draft).rank(priced(OFFERS), _ -> false, List.of());
    }

    private Selection selection(GpuDraft draft) {
        return new Selection(draft.checked(catalog), catalog);
    }

    private List<Candidate> priced(List<Offer> offers) {
        return offers.stream()
                .map(offer -> pricing.price(offer, catalog.model(offer.gpuText(), offer.gpuMemoryMib())))
                .toList();
    }

    private static GpuDraft types(String... types) {
        return new GpuDraft(Arrays.asList(types), null, null, null, null, null, null, null, null, null, null);
    }

    private static GpuDraft draft(GpuDraft draft, int count) {
        return new GpuDraft(draft.types(), null, null, null, count, null, null, null, null, null, null);
    }

    private static GpuDraft hinted(@Nullable String provider, @Nullable String location) {
        return new GpuDraft(null, null, null, null, null, null, null, null, provider, location, null);
    }

    private static List<String> names(Ranking ranking) {
        return ((Ranking.Ranked) ranking)
                .candidates().stream().map(candidate -> candidate.gpu().name()).toList();
    }

    private static List<String> references(Ranking ranking) {
        return ((Ranking.Ranked) ranking)
                .candidates().stream()
                        .map(candidate ->
                                candidate.offer().provider() + candidate.offer().reference())
                        .toList();
    }

    private static List<String> providers(Ranking ranking) {
        return ((Ranking.Ranked) ranking)
                .candidates().stream()
                        .map(candidate -> candidate.offer().provider())
                        .toList();
    }
}
