package com.mimiry.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The answers of {@code /availability} and {@code /catalog}, as they stand on the wire. */
final class AvailabilityJson {
    private AvailabilityJson() {}

    record Models(List<Model> gpuModels) {}

    /** @param aliasOf the canonical name, on rows that repeat a model under a legacy name */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Model(
            String name,
            String displayName,
            String family,
            int vramGb,
            String formFactor,
            boolean available,
            String currency,
            List<AtProvider> providers,
            @Nullable String aliasOf) {
        Model underAlias(String alias) {
            return new Model(
                    /* name= */ alias,
                    displayName,
                    family,
                    vramGb,
                    formFactor,
                    available,
                    currency,
                    providers,
                    /* aliasOf= */ name);
        }
    }

    /**
     * @param hourlyRate what the customer pays for one GPU
     * @param spot true where the provider may take such machines back at any moment (with {@code gpu.spot} only); else null
     * @param offers with {@code detail=full} only
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record AtProvider(
            String provider,
            BigDecimal hourlyRate,
            List<String> locations,
            @Nullable Boolean spot,
            @Nullable List<Machine> offers) {}

    /**
     * One kind of machine.
     *
     * @param gpuCount the least GPUs it comes with; vcpus and memory are for these
     * @param free machines of this kind that can be launched now; null where the provider does not say
     */
    record Machine(
            String location,
            String machineType,
            int gpuCount,
            int gpuCountMax,
            @Nullable Integer free,
            boolean available,
            int vcpus,
            BigDecimal memoryGb,
            boolean spot,
            boolean simulated) {}

    record Catalog(List<KnownModel> gpuModels) {}

    record KnownModel(
            String name,
            String displayName,
            String family,
            int vramGb,
            String formFactor,
            String computeCapability,
            String cpuArchitecture,
            Set<String> aliases) {}
}
