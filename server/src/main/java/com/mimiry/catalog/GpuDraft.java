package com.mimiry.catalog;

import com.mimiry.api.ApiException;
import com.mimiry.catalog.GpuRequest.Priority;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The contract's {@code gpu} object as a client sent it, unchecked; anything may be missing, and lists may hold null.
 *
 * @param maxHourlyRate in euro per GPU
 */
public record GpuDraft(
        @Nullable List<String> types,
        @Nullable List<String> family,
        @Nullable List<String> formFactor,
        @Nullable List<Integer> vramGb,
        @Nullable Integer count,
        @Nullable List<String> priority,
        @Nullable Integer maxAttempts,
        @Nullable BigDecimal maxHourlyRate,
        @Nullable String provider,
        @Nullable String location,
        @Nullable Boolean spot) {
    /** What a request without a {@code gpu} object asks for: the cheapest GPU. */
    public static final GpuDraft ANY = new GpuDraft(null, null, null, null, null, null, null, null, null, null, null);

    private static final int LIST_SIZE_MAX = 100;
    private static final int COUNT_MAX = 1_024;
    private static final int ATTEMPTS_MAX = 100;
    private static final int ATTEMPTS_DEFAULT = 3;
    private static final int VRAM_GB_MAX = 1_000_000;
    private static final BigDecimal RATE_MAX = new BigDecimal("1000000");

    /** @throws ApiException 422 that names the field and says what is accepted */
    public GpuRequest checked(GpuCatalog catalog) {
        List<String> knownTypes = each("gpu.types", types, name -> type(name, catalog));
        List<String> families = each("gpu.family", family, name -> family(name, catalog));
        List<String> forms = each("gpu.form_factor", formFactor, name -> formFactor(name, catalog));
        List<Integer> memory = each("gpu.vram_gb", vramGb, gb -> inRange("gpu.vram_gb", gb, 0, VRAM_GB_MAX));
        List<Priority> keys = each("gpu.priority", priority, GpuDraft::priority);
        if (keys.isEmpty()) {
            boolean typesOnly = !knownTypes.isEmpty() && families.isEmpty() && forms.isEmpty() && memory.isEmpty();
            keys = List.of(typesOnly ? Priority.GPU : Priority.PRICE);
        }
        return new GpuRequest(
                knownTypes,
                families,
                forms,
                memory,
                inRange("gpu.count", count == null ? 1 : count, 1, COUNT_MAX),
                keys,
                inRange("gpu.max_attempts", maxAttempts == null ? ATTEMPTS_DEFAULT : maxAttempts, 1, ATTEMPTS_MAX),
                rate(maxHourlyRate),
                hint("gpu.provider", provider),
                hint("gpu.location", location),
                spot != null && spot);
    }

    private static String type(String name, GpuCatalog catalog) {
        boolean unknownButNamed =
                name.regionMatches(true, 0, GpuModel.UNKNOWN_PREFIX, 0, GpuModel.UNKNOWN_PREFIX.length());
        if (catalog.matching(name).isEmpty() && !unknownButNamed) {
            throw ApiException.invalidField(
                    "gpu.types",
                    "gpu.types: no GPU is called \"" + cut(name) + "\"; did you mean "
                            + String.join(", ", catalog.nearest(name)) + "?");
        }
        return name.strip();
    }

    private static String family(String name, GpuCatalog catalog) {
        return catalog.family(name)
                .orElseThrow(() -> ApiException.invalidField(
                        "gpu.family",
                        "gpu.family: no family is called \"" + cut(name) + "\"; did you mean "
                                + String.join(", ", NearestNames.of(name, catalog.families())) + "?"));
    }

    private static String formFactor(String name, GpuCatalog catalog) {
        return catalog.formFactor(name)
                .orElseThrow(() -> ApiException.invalidField(
                        "gpu.form_factor",
                        "gpu.form_factor: \"" + cut(name) + "\" is none of " + String.join(", ", catalog.formFactors())
                                + "."));
    }

    private static Priority priority(String name) {
        Optional<Priority> found = Arrays.stream(Priority.values())
                .filter(key -> key.name().equals(name.strip().toUpperCase(Locale.ROOT)))
                .findFirst();
        return found.orElseThrow(() -> ApiException.invalidField(
                "gpu.priority",
                "gpu.priority: \"" + cut(name) + "\" is none of PRICE, GPU, FAMILY, FORM_FACTOR, VRAM."));
    }

    private static <T, R> List<R> each(
            String field, @Nullable List<? extends @Nullable T> values, Function<T, R> check) {
        if (values == null) {
            return List.of();
        }
        if (values.size() > LIST_SIZE_MAX) {
            throw ApiException.invalidField(field, field + ": at most " + LIST_SIZE_MAX + " values.");
        }
        List<R> checked = new ArrayList<>();
        for (T value : values) {
            if (value == null) {
                throw ApiException.invalidField(field, field + ": null is not a value; leave it out.");
            }
            R result = check.apply(value);
            if (!checked.contains(result)) {
                checked.add(result);
            }
        }
        return List.copyOf(checked);
    }

    private static int inRange(String field, int value, int min, int max) {
        if (value < min || value > max) {
            throw ApiException.invalidField(
                    field, field + ": " + value + " is not between " + min + " and " + max + ".");
        }
        return value;
    }

    private static @Nullable Money rate(@Nullable BigDecimal euros) {
        if (euros == null) {
            return null;
        }
        if (!Money.isShort(euros) || euros.signum() <= 0 || euros.compareTo(RATE_MAX) > 0) {
            throw ApiException.invalidField(
                    "gpu.max_hourly_rate",
                    "gpu.max_hourly_rate: a number of euros per hour and GPU above 0, at most "
                            + RATE_MAX.toPlainString() + ".");
        }
        return Money.ofEuros(euros.setScale(6, RoundingMode.FLOOR));
    }

    private static @Nullable String hint(String field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        if (text.length() > 100) {
            throw ApiException.invalidField(field, field + ": at most 100 characters.");
        }
        return text.strip();
    }

    private static String cut(String text) {
        return text.length() > 64 ? text.substring(0, 64) + "…" : text;
    }
}
