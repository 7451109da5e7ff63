package com.mimiry.catalog;

import com.mimiry.api.ApiException;
import com.mimiry.api.Queries;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a caller of {@code /availability} wants to see, checked.
 *
 * @param providers lower-case; empty = all, as for the other sets
 * @param families as the catalogue writes them
 * @param locations lower-case
 * @param formFactors as the catalogue writes them
 * @param vramGbMin empty = any GPU, but no machine without
 * @param maxAge how old the data may be; empty = as the providers find good
 */
record AvailabilityQuery(
        Set<String> providers,
        Set<String> families,
        Set<String> locations,
        Set<String> formFactors,
        Optional<Integer> vramGbMin,
        int gpuCountMin,
        boolean availableOnly,
        boolean detailed,
        Optional<Duration> maxAge) {
    /** Machines without a GPU are for those who look closely. */
    boolean showsCpuOnly() {
        return detailed ? vramGbMin.orElse(0) == 0 : vramGbMin.equals(Optional.of(0));
    }

    boolean shows(Candidate candidate) {
        GpuModel gpu = candidate.gpu();
        boolean placeFits =
                containsOrAny(providers, candidate.offer().provider().toLowerCase(Locale.ROOT))
                        && containsOrAny(locations, candidate.offer().location().toLowerCase(Locale.ROOT));
        boolean gpuFits = containsOrAny(families, gpu.family())
                && containsOrAny(formFactors, gpu.formFactor())
                && gpu.vramGb() >= vramGbMin.orElse(0);
        boolean sizeFits = candidate.offer().gpuCountMax() >= gpuCountMin || gpu.isCpuOnly();
        return placeFits && gpuFits && sizeFits && (!gpu.isCpuOnly() || showsCpuOnly());
    }

    private static boolean containsOrAny(Set<String> wanted, String value) {
        return wanted.isEmpty() || wanted.contains(value);
    }

    static Set<String> lowerCase(@Nullable String csv) {
        return values(csv).map(value -> value.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    }

    static Set<String> families(@Nullable String csv, GpuCatalog catalog) {
        return values(csv)
                .map(value -> catalog.family(value)
                        .orElseThrow(() -> bad(
                                "gpu_family",
                                value,
                                "is no family of GPUs; did you mean "
                                        + String.join(", ", NearestNames.of(value, catalog.families())) + "?")))
                .collect(Collectors.toSet());
    }

    static Set<String> formFactors(@Nullable String csv, GpuCatalog catalog) {
        return values(csv)
                .map(value -> catalog.formFactor(value)
                        .orElseThrow(() -> bad(
                                "form_factor", value, "is none of " + String.join(", ", catalog.formFactors()) + ".")))
                .collect(Collectors.toSet());
    }

    static Optional<Integer> number(String name, @Nullable String text, int min, int max) {
        return text == null || text.isBlank()
                ? Optional.empty()
                : Optional.of((int) Queries.number(name, text, min, max, min));
    }

    static boolean detailed(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return false;
        }
        if (!text.strip().equalsIgnoreCase("full")) {
            throw bad("detail", text, "is not full, the only level of detail there is.");
        }
        return true;
    }

    private static Stream<String> values(@Nullable String csv) {
        return Queries.csv(csv).stream();
    }

    private static ApiException bad(String name, String value, String why) {
        String shown = value.length() > 64 ? value.substring(0, 64) + "…" : value;
        return ApiException.invalidField(name, name + ": \"" + shown + "\" " + why);
    }
}
