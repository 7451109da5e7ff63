package com.mimiry.catalog;

import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import java.util.OptionalInt;

/** Offers for tests. */
final class Offers {
    private Offers() {}

    /** A machine of fixed shape; the price is the machine's. */
    static Offer fixed(String provider, String location, String gpu, int count, String euros, int free) {
        return new Offer(
                provider,
                location,
                count + "x" + gpu,
                gpu,
                0,
                count,
                count,
                Money.ofEuros(euros),
                8 * Math.max(1, count),
                32_768,
                OptionalInt.of(free),
                free > 0,
                false,
                false);
    }

    /** A host of which any number of GPUs can be had; the price is one GPU's. */
    static Offer divisible(String provider, String location, String gpu, int gpus, String euros, int free) {
        return new Offer(
                provider,
                location,
                "host/" + gpu,
                gpu,
                0,
                1,
                gpus,
                Money.ofEuros(euros),
                4,
                2_048,
                OptionalInt.of(free),
                free > 0,
                false,
                true);
    }

    static Offer cpu(String provider, String location, String euros) {
        return new Offer(
                provider,
                location,
                "cpu",
                "",
                0,
                0,
                0,
                Money.ofEuros(euros),
                2,
                4_096,
                OptionalInt.empty(),
                true,
                false,
                false);
    }

    /** The same where its provider may take it back, for another price. */
    static Offer spot(Offer offer, String euros) {
        return new Offer(
                offer.provider(),
                offer.location(),
                offer.reference() + ":spot",
                offer.gpuText(),
                offer.gpuMemoryMib(),
                offer.gpuCount(),
                offer.gpuCountMax(),
                Money.ofEuros(euros),
                offer.vcpus(),
                offer.memoryMib(),
                offer.free(),
                offer.available(),
                true,
                offer.simulated());
    }
}
