package com.mimiry.catalog;

import com.mimiry.catalog.GpuRequest.Priority;
import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Picks among priced offers for one request: pure, no clock, no I/O; the same input always gives the same answer. */
final class Selection {
    private final GpuRequest request;
    private final GpuCatalog catalog;
    private final Requirement requirement;

    /** Which of the request's types a model is, by canonical name; the first that fits. */
    private final Map<String, Integer> positions;

    Selection(GpuRequest request, GpuCatalog catalog) {
        this(request, catalog, Requirement.NONE);
    }

    Selection(GpuRequest request, GpuCatalog catalog, Requirement requirement) {
        this.request = request;
        this.catalog = catalog;
        this.requirement = requirement;
        this.positions = positions(request.types(), catalog);
    }

    /**
     * @param market everything on offer, as {@link Market#offers()} answers
     * @param failedLately offers that come after all others
     * @param silent providers that do not answer: what they have is unknown, so nothing is impossible
     */
    Ranking rank(List<Candidate> market, Predicate<Offer> failedLately, List<String> silent) {
        List<Candidate> left = market.stream()
                .filter(candidate -> !candidate.gpu().isCpuOnly())
                .filter(candidate -> request.spot() || !candidate.offer().spot())
                .toList();
        if (left.isEmpty()) {
            return new Ranking.NothingFree(
                    List.of(), "No provider offers any GPU now" + silence(silent) + ". Try again later.");
        }
        for (Filter filter : filters()) {
            List<Candidate> kept = left.stream().filter(filter.accepts()).toList();
            if (kept.isEmpty()) {
                String message = filter.explain(left);
                return silent.isEmpty()
                        ? new Ranking.Impossible(filter.field(), message)
                        : new Ranking.NothingFree(List.of(), message + silence(silent) + ".");
            }
            left = filter.resizes()
                    ? kept.stream()
                            .map(candidate -> candidate.withGpus(request.count()))
                            .toList()
                    : kept;
        }
        List<Candidate> free = left.stream()
                .filter(Candidate::isFree)
                .sorted(order(failedLately))
                .toList();
        return free.isEmpty()
                ? new Ranking.NothingFree(
                        left.stream().sorted(order(failedLately)).toList(), nothingFree(left))
                : new Ranking.Ranked(free);
    }

    private List<Filter> filters() {
        List<Filter> filters = new ArrayList<>();
        if (request.spot()) {
            filters.add(new Filter(
                    "gpu.spot",
                    candidate -> candidate.offer().spot(),
                    left ->
                            "No provider offers machines that it may take back; leave gpu.spot out. On demand there are "
                                    + models(left) + "."));
        }
        if (!request.types().isEmpty()) {
            filters.add(new Filter(
                    "gpu.types",
                    candidate -> positions.containsKey(nameKey(candidate)),
                    left -> String.join(", ", request.types()) + " is offered by no provider; on offer are "
                            + models(left) + "."));
        }
        if (!request.families().isEmpty()) {
            filters.add(new Filter(
                    "gpu.family",
                    candidate -> request.families().contains(candidate.gpu().family()),
                    left -> "No offer is of the family " + String.join(", ", request.families()) + "; left were "
                            + models(left) + "."));
        }
        if (!request.formFactors().isEmpty()) {
            filters.add(new Filter(
                    "gpu.form_factor",
                    candidate -> request.formFactors().contains(candidate.gpu().formFactor()),
                    left -> "No offer has the form factor " + String.join(", ", request.formFactors()) + "; left were "
                            + models(left) + "."));
        }
        if (request.vramGbMin() > 0) {
            filters.add(new Filter(
                    "gpu.vram_gb",
                    candidate -> candidate.gpu().vramGb() >= request.vramGbMin(),
                    left -> "The most memory of what is left is "
                            + most(left, candidate -> candidate.gpu().vramGb()) + " GB, below gpu.vram_gb "
                            + request.vramGbMin() + "; left were " + models(left) + "."));
        }
        filters.add(new Filter(
                "gpu.count",
                candidate -> candidate.offer().comesWith(request.count()),
                left -> "No machine with " + request.count() + " GPUs of this kind is offered; there are machines with "
                        + counts(left) + "."));
        Money cap = request.maxHourlyRate();
        if (cap != null) {
            filters.add(new Filter(
                    "gpu.max_hourly_rate",
                    candidate -> candidate.hourlyRatePerGpu().compareTo(cap) <= 0,
                    left -> tooDear(left, cap)));
        }
        if (!requirement.equals(Requirement.NONE)) {
            // Last, so that what is left is what the customer wants, only elsewhere.
            filters.add(new Filter(
                    requirement.field(),
                    candidate -> requirement.accepts().test(candidate.offer()),
                    left -> requirement.explanation() + " " + models(left) + " is offered only at " + places(left)
                            + "."));
        }
        return filters;
    }

    private Comparator<Candidate> order(Predicate<Offer> failedLately) {
        Comparator<Candidate> order =
                Comparator.comparing((Candidate candidate) -> failedLately.test(candidate.offer()));
        order = order.thenComparingInt(this::hintsMissed);
        for (Priority key : request.priority()) {
            order = order.thenComparing(by(key));
        }
        return order.thenComparing(Candidate::hourlyRate)
                .thenComparingInt(this::position)
                .thenComparingInt(candidate -> candidate.gpu().vramGb())
                .thenComparingInt(candidate ->
                        orLast(catalog.formFactors().indexOf(candidate.gpu().formFactor())))
                .thenComparing(candidate -> candidate.offer().provider())
                .thenComparing(candidate -> candidate.offer().location())
                .thenComparing(candidate -> candidate.offer().reference())
                .thenComparing(candidate -> candidate.gpu().name());
    }

    private Comparator<Candidate> by(Priority key) {
        return switch (key) {
            case PRICE -> Comparator.comparing(Candidate::hourlyRate);
            case GPU -> Comparator.comparingInt(this::position);
            case FAMILY ->
                Comparator.comparingInt(candidate ->
                        orLast(request.families().indexOf(candidate.gpu().family())));
            case FORM_FACTOR ->
                Comparator.comparingInt(candidate ->
                        orLast(request.formFactors().indexOf(candidate.gpu().formFactor())));
            case VRAM -> Comparator.comparingInt(candidate -> candidate.gpu().vramGb());
        };
    }

    private int hintsMissed(Candidate candidate) {
        return missed(request.provider(), candidate.offer().provider())
                + missed(request.location(), candidate.offer().location());
    }

    private static int missed(@Nullable String hint, String value) {
        return hint == null || hint.equalsIgnoreCase(value) ? 0 : 1;
    }

    private int position(Candidate candidate) {
        return positions.getOrDefault(nameKey(candidate), 0);
    }

    private static String places(List<Candidate> candidates) {
        return candidates.stream()
                .map(candidate ->
                        candidate.offer().provider() + " " + candidate.offer().location())
                .distinct()
                .sorted()
                .limit(10)
                .collect(Collectors.joining(", "));
    }

    private String nothingFree(List<Candidate> fitting) {
        return "No machine with " + request.count() + " × " + models(fitting) + " is free now (offered by "
                + places(fitting) + "). Try again later, or ask for fewer or other GPUs.";
    }

    private static String tooDear(List<Candidate> left, Money cap) {
        Candidate cheapest = left.stream()
                .min(Comparator.comparing(Candidate::hourlyRatePerGpu))
                .orElseThrow();
        return "The cheapest " + cheapest.gpu().name() + " is " + euros(cheapest.hourlyRatePerGpu())
                + " EUR/h per GPU, above gpu.max_hourly_rate " + euros(cap) + ".";
    }

    private static String euros(Money amount) {
        BigDecimal euros = amount.euros();
        return euros.setScale(Math.max(2, euros.scale())).toPlainString();
    }

    private static String silence(List<String> silent) {
        return silent.isEmpty() ? "" : " (not answering: " + String.join(", ", silent) + ")";
    }

    private static String models(List<Candidate> candidates) {
        List<String> names = candidates.stream()
                .map(candidate -> candidate.gpu().name())
                .distinct()
                .sorted()
                .toList();
        return names.size() <= 10
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, 10)) + " and " + (names.size() - 10) + " more";
    }

    private static String counts(List<Candidate> left) {
        return left.stream()
                .map(candidate ->
                        candidate.offer().gpuCount() == candidate.offer().gpuCountMax()
                                ? "" + candidate.offer().gpuCount()
                                : candidate.offer().gpuCount() + " to "
                                        + candidate.offer().gpuCountMax())
                .distinct()
                .sorted()
                .limit(10)
                .collect(Collectors.joining(", "));
    }

    private static int most(List<Candidate> left, ToIntFunction<Candidate> what) {
        return left.stream().mapToInt(what).max().orElse(0);
    }

    private static int orLast(int index) {
        return index < 0 ? Integer.MAX_VALUE : index;
    }

    private static String nameKey(Candidate candidate) {
        return candidate.gpu().name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Integer> positions(List<String> types, GpuCatalog catalog) {
        return IntStream.range(0, types.size())
                .boxed()
                .flatMap(index -> names(types.get(index), catalog).stream().map(name -> Map.entry(name, index)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Math::min));
    }

    private static List<String> names(String type, GpuCatalog catalog) {
        List<GpuModel> models = catalog.matching(type);
        // A GPU that the catalogue does not know is asked for by the name under which it is shown.
        return models.isEmpty()
                ? List.of(type.toLowerCase(Locale.ROOT))
                : models.stream()
                        .map(model -> model.name().toLowerCase(Locale.ROOT))
                        .toList();
    }

    /** One of the request's conditions, under the name of the field that set it. */
    private record Filter(String field, Predicate<Candidate> accepts, Function<List<Candidate>, String> explanation) {
        String explain(List<Candidate> left) {
            return explanation.apply(left);
        }

        boolean resizes() {
            return field.equals("gpu.count");
        }
    }
}
