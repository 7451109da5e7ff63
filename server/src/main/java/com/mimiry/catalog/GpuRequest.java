package com.mimiry.catalog;

import com.mimiry.platform.Money;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What GPU a session asks for: the contract's {@code gpu} object, checked.
 *
 * @param types canonical names or aliases in order of preference; empty = by criteria
 * @param vramGb minimum memory of one GPU, the smallest of the list counts; empty = any
 * @param priority PRICE, GPU, FAMILY, FORM_FACTOR, VRAM; never empty
 * @param maxHourlyRate per GPU, what the customer pays; null = no cap
 * @param provider hint, null = none
 * @param location hint, null = none
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
        @Nullable String location) {
    /** By what candidates are ordered. */
    public enum Priority {
        PRICE,
        GPU,
        FAMILY,
        FORM_FACTOR,
        VRAM
    }
}
