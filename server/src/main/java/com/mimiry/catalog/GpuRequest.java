package com.mimiry.catalog;

import com.mimiry.platform.Money;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What GPU a session asks for: the contract's {@code gpu} object, checked. Made by {@link GpuDraft#checked}.
 *
 * @param types canonical names or aliases in order of preference; empty = by criteria
 * @param families as the catalogue writes them, in order of preference; empty = any
 * @param formFactors as the catalogue writes them, in order of preference; empty = any
 * @param vramGb minimum memory of one GPU, the smallest of the list counts; empty = any
 * @param priority PRICE, GPU, FAMILY, FORM_FACTOR, VRAM; never empty
 * @param maxHourlyRate per GPU, what the customer pays; null = no cap
 * @param provider hint, null = none
 * @param location hint, null = none
 * @param spot whether a machine is wanted that its provider may take back at any moment, for less money
 */
public record GpuRequest(
        List<String> types,
        List<String> families,
        List<String> formFactors,
        List<Integer> vramGb,
        int count,
        List<Priority> priority,
        int maxAttempts,
        @Nullable Money maxHourlyRate,
        @Nullable String provider,
        @Nullable String location,
        boolean spot) {
    /** By what candidates are ordered; among equals of all keys {@link #order} tells how ties are broken. */
    public enum Priority {
        /** The cheaper first. */
        PRICE,
        /** As {@code gpu.types} lists them. */
        GPU,
        /** As {@code gpu.family} lists them. */
        FAMILY,
        /** As {@code gpu.form_factor} lists them. */
        FORM_FACTOR,
        /** The smallest that suffices first. */
        VRAM
    }

    /** A sentence that says how candidates for this request are ordered. */
    public String order() {
        String keys = priority.stream().map(Priority::name).collect(Collectors.joining(", then "));
        String hints = provider == null && location == null
                ? ""
                : "offers at the "
                        + (provider == null ? "location" : location == null ? "provider" : "provider and location")
                        + " hinted at first, then ";
        return "Ordered by " + hints + keys
                + "; ties by price, order in gpu.types, least memory, form factor (SXM, PCIe,"
                + " NVL, OAM, SC), then provider, location and machine type by name. An offer that has just failed comes"
                + " after all others.";
    }

    /** The least memory of one GPU in GB. */
    int vramGbMin() {
        return vramGb.stream().mapToInt(Integer::intValue).min().orElse(0);
    }
}
