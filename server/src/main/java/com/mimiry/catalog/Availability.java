package com.mimiry.catalog;

import com.mimiry.catalog.AvailabilityJson.AtProvider;
import com.mimiry.catalog.AvailabilityJson.Machine;
import com.mimiry.catalog.AvailabilityJson.Model;
import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Folds the market's offers into rows per GPU model: pure. */
final class Availability {
    private final AvailabilityQuery query;
    private final GpuCatalog catalog;
    private final Predicate<Offer> failedLately;

    Availability(AvailabilityQuery query, GpuCatalog catalog, Predicate<Offer> failedLately) {
        this.query = query;
        this.catalog = catalog;
        this.failedLately = failedLately;
    }

    /** Canonical rows first, what can be had before what cannot, then the cheapest first; then rows under legacy names. */
    List<Model> rows(List<Candidate> market) {
        Map<GpuModel, List<Candidate>> byModel = market.stream()
                .filter(candidate -> query.detailed() || !candidate.offer().spot())
                .filter(query::shows)
                .collect(Collectors.groupingBy(Candidate::gpu, LinkedHashMap::new, Collectors.toList()));
        List<Row> rows = new ArrayList<>();
        byModel.forEach((gpu, candidates) -> {
            List<Candidate> free = candidates.stream().filter(this::canLaunch).toList();
            // What is had without asking for spot decides whether, and from what price on, there is any.
            boolean onDemand =
                    free.stream().anyMatch(candidate -> !candidate.offer().spot());
            if (!free.isEmpty() || !query.availableOnly()) {
                rows.add(row(gpu, free.isEmpty() ? candidates : free, onDemand));
            }
        });
        rows.sort(Comparator.comparing((Row row) -> !row.json().available())
                .thenComparing(Row::cheapest)
                .thenComparing(row -> row.json().name()));
        List<Model> all = new ArrayList<>(rows.stream().map(Row::json).toList());
        all.addAll(aliases(rows));
        return all;
    }

    /** A legacy name that fits several rows repeats the first of them: what a request for it would get. */
    private List<Model> aliases(List<Row> rows) {
        Map<String, Model> byAlias = new LinkedHashMap<>();
        for (Row row : rows) {
            for (String alias : catalog.shortForms(row.gpu())) {
                byAlias.putIfAbsent(alias, row.json().underAlias(alias));
            }
        }
        return List.copyOf(byAlias.values());
    }

    private boolean canLaunch(Candidate candidate) {
        Offer offer = candidate.offer();
        if (offer.gpuCount() == 0) {
            return candidate.isFree();
        }
        Offer sized = offer.withGpus(Math.max(query.gpuCountMin(), offer.gpuCount()));
        return sized.available() && sized.free().orElse(1) > 0 && !failedLately.test(sized);
    }

    private Row row(GpuModel gpu, List<Candidate> candidates, boolean available) {
        record Price(boolean spot, Money rate, String provider) {}
        Map<Price, List<Candidate>> byPrice = candidates.stream()
                .collect(Collectors.groupingBy(
                        candidate -> new Price(
                                candidate.offer().spot(),
                                candidate.hourlyRatePerGpu(),
                                candidate.offer().provider()),
                        () -> new TreeMap<>(Comparator.comparing(Price::spot)
                                .thenComparing(Price::rate)
                                .thenComparing(Price::provider)),
                        Collectors.toList()));
        List<AtProvider> providers = new ArrayList<>();
        byPrice.forEach((price, same) -> providers.add(new AtProvider(
                price.provider(),
                price.rate().euros(),
                locations(same),
                price.spot() ? true : null,
                query.detailed() ? machines(same) : null)));
        Money cheapest = candidates.stream()
                .min(Comparator.comparing(
                                (Candidate candidate) -> candidate.offer().spot())
                        .thenComparing(Candidate::hourlyRatePerGpu))
                .map(Candidate::hourlyRatePerGpu)
                .orElseThrow();
        Model json = new Model(
                gpu.name(),
                gpu.displayName(),
                gpu.family(),
                gpu.vramGb(),
                gpu.formFactor(),
                available,
                Money.CURRENCY,
                providers,
                null);
        return new Row(gpu, cheapest, json);
    }

    private static List<String> locations(List<Candidate> candidates) {
        return candidates.stream()
                .map(candidate -> candidate.offer().location())
                .distinct()
                .sorted()
                .toList();
    }

    private static List<Machine> machines(List<Candidate> candidates) {
        return candidates.stream()
                .map(Candidate::offer)
                .sorted(Comparator.comparing(Offer::location)
                        .thenComparingInt(Offer::gpuCount)
                        .thenComparing(Offer::reference))
                .map(offer -> new Machine(
                        offer.location(),
                        offer.reference(),
                        offer.gpuCount(),
                        offer.gpuCountMax(),
                        offer.free().isPresent() ? offer.free().getAsInt() : null,
                        offer.available(),
                        offer.vcpus(),
                        BigDecimal.valueOf(offer.memoryMib()).divide(BigDecimal.valueOf(1024), 1, RoundingMode.HALF_UP),
                        offer.spot(),
                        offer.simulated()))
                .toList();
    }

    private record Row(GpuModel gpu, Money cheapest, Model json) {}
}
