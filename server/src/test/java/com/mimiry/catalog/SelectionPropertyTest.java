package com.mimiry.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random criteria over thousands of random offers, against a scan that knows only what the contract says. */
class SelectionPropertyTest {
    private static final int OFFERS = 3_000;
    private static final int REQUESTS = 400;

    private final GpuCatalog catalog = new GpuCatalog();
    private final Pricing pricing = new Pricing(
            Configs.market(Map.of("mimiry.market.margin", "7.5", "mimiry.market.provider-margins.p3", "0")), catalog);

    @Test
    void the_pick_is_never_dearer_than_what_a_scan_of_all_offers_finds() {
        long seed = Long.getLong("seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        List<Candidate> market = market(random);
        int ranked = 0;
        int refused = 0;
        for (int i = 0; i < REQUESTS; i++) {
            GpuDraft draft = draft(random);
            GpuRequest request = draft.checked(catalog);
            List<Candidate> acceptable = market.stream()
                    .filter(candidate -> isAcceptable(candidate, draft))
                    .toList();
            String story = "seed " + seed + ", request " + i + ": " + request;
            switch (new Selection(request, catalog).rank(market, _ -> false, List.of())) {
                case Ranking.Ranked(List<Candidate> candidates) -> {
                    long cheapest = acceptable.stream()
                            .mapToLong(candidate -> total(candidate, request.count()))
                            .min()
                            .orElseThrow(() -> new AssertionError("nothing is acceptable, " + story));
                    assertThat(candidates.getFirst().hourlyRate().micros())
                            .as(story)
                            .isEqualTo(cheapest);
                    assertThat(candidates).as(story).hasSameSizeAs(acceptable);
                    assertThat(candidates.stream().map(candidate -> candidate.hourlyRate()))
                            .as(story)
                            .isSorted();
                    assertThat(candidates)
                            .as(story)
                            .allSatisfy(candidate -> assertThat(
                                            candidate.hourlyRate().micros())
                                    .isGreaterThanOrEqualTo(
                                            candidate.hourlyCost().micros()));
                    ranked++;
                }
                case Ranking.NothingFree _, Ranking.Impossible _ -> {
                    assertThat(acceptable).as(story).isEmpty();
                    refused++;
                }
            }
        }
        // The generator must exercise both sides, or the test proves nothing.
        assertThat(ranked).as("seed " + seed).isGreaterThan(REQUESTS / 10);
        assertThat(refused).as("seed " + seed).isGreaterThan(REQUESTS / 50);
    }

    private static boolean isAcceptable(Candidate candidate, GpuDraft draft) {
        Offer offer = candidate.offer();
        GpuModel gpu = candidate.gpu();
        int count = draft.count() == null ? 1 : draft.count();
        boolean typeFits = draft.types() == null
                || draft.types().stream().anyMatch(type -> (gpu.name() + "_").startsWith(type + "_"));
        boolean familyFits = draft.family() == null || draft.family().contains(gpu.family());
        boolean formFits = draft.formFactor() == null || draft.formFactor().contains(gpu.formFactor());
        boolean memoryFits = draft.vramGb() == null
                || draft.vramGb().stream().anyMatch(least -> least != null && gpu.vramGb() >= least);
        boolean sizeFits = offer.gpuCount() == count || (offer.gpuCount() == 1 && count <= offer.gpuCountMax());
        boolean cheapEnough = draft.maxHourlyRate() == null
                || draft.maxHourlyRate().movePointRight(6).compareTo(BigDecimal.valueOf(total(candidate, 1))) >= 0;
        int free = offer.free().isPresent() ? offer.free().getAsInt() : Integer.MAX_VALUE;
        boolean isFree = offer.available() && free >= (offer.gpuCountMax() > offer.gpuCount() ? count : 1);
        return gpu.vramGb() > 0
                && typeFits
                && familyFits
                && formFits
                && memoryFits
                && sizeFits
                && cheapEnough
                && isFree;
    }

    private static long total(Candidate candidate, int count) {
        return candidate.hourlyRate().micros() / Math.max(1, candidate.gpuCount()) * count;
    }

    private List<Candidate> market(SplittableRandom random) {
        List<Candidate> market = new ArrayList<>();
        for (int i = 0; i < OFFERS; i++) {
            GpuEntry entry = pick(random, catalog.entries());
            boolean divisible = random.nextInt(4) == 0;
            int count = divisible ? 1 : pick(random, List.of(1, 1, 1, 2, 4, 8));
            OptionalInt free = random.nextInt(3) == 0 ? OptionalInt.empty() : OptionalInt.of(random.nextInt(6));
            long unit = entry.indicativeHourlyCost().micros() * (50 + random.nextInt(150)) / 100 + random.nextInt(3);
            Offer offer = new Offer(
                    "p" + random.nextInt(6),
                    "LOC-" + random.nextInt(10),
                    "kind-" + i,
                    entry.model().name(),
                    0,
                    count,
                    divisible ? 1 + random.nextInt(16) : count,
                    new Money(unit * count + random.nextInt(count)),
                    8,
                    65_536,
                    free,
                    free.orElse(1) > 0 && random.nextInt(10) > 0,
                    false,
                    false);
            market.add(pricing.price(offer, catalog.model(offer.gpuText(), 0)));
        }
        market.add(pricing.price(Offers.cpu("p0", "LOC-0", "0.001"), GpuModel.CPU_ONLY));
        return market;
    }

    private GpuDraft draft(SplittableRandom random) {
        List<String> families = List.copyOf(catalog.families());
        return new GpuDraft(
                sometimes(
                        random,
                        () -> several(
                                random,
                                catalog.models().stream().map(this::someName).toList())),
                sometimes(random, () -> several(random, families)),
                sometimes(random, () -> several(random, catalog.formFactors())),
                sometimes(random, () -> several(random, List.of(16, 24, 40, 48, 80, 96, 180))),
                sometimes(random, () -> pick(random, List.of(1, 2, 3, 4, 8))),
                List.of("PRICE"),
                null,
                sometimes(random, () -> BigDecimal.valueOf(100_000 + random.nextLong(5_000_000), 6)),
                sometimes(random, () -> null),
                null,
                null);
    }

    /** The canonical name or the short form of the family, which the scan above understands as prefixes. */
    private String someName(GpuModel model) {
        return model.name().hashCode() % 2 == 0 ? model.name() : model.family();
    }

    private static <T> @Nullable T sometimes(SplittableRandom random, Supplier<@Nullable T> value) {
        return random.nextInt(3) == 0 ? value.get() : null;
    }

    private static <T> List<T> several(SplittableRandom random, List<T> from) {
        List<T> picked = new ArrayList<>();
        int number = 1 + random.nextInt(4);
        for (int i = 0; i < number; i++) {
            picked.add(pick(random, from));
        }
        return picked;
    }

    private static <T> T pick(SplittableRandom random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
