package com.mimiry.providers;

import com.mimiry.platform.Money;
import java.util.Optional;

/** How the house calls GPUs. Adapters ask it where they need a price or a declaration of their own; the catalogue answers. */
public interface GpuNames {
    /**
     * The model behind a provider's own words; one under a name that starts with {@code Unknown:} where nobody knows it.
     *
     * @param memoryMib of one GPU, 0 where unknown
     */
    Known identify(String text, int memoryMib);

    /** The model that a person means by a canonical name or a short form; the preferred one where several fit. */
    Optional<Known> named(String name);

    /**
     * @param name canonical
     * @param vramGb memory of one GPU as marketed, 0 where unknown
     * @param indicativeHourlyCost of one GPU, for those who were told no price
     */
    record Known(String name, int vramGb, Money indicativeHourlyCost) {}
}
