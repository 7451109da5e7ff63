package com.mimiry.catalog;

import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;

/**
 * An offer with its price for the customer.
 *
 * @param gpu the catalogue's name for the offer's GPU; may be an unknown one, or stand for none
 * @param gpuCount GPUs of the session; in what {@link Market#offers()} answers, of the smallest machine of the offer
 * @param hourlyRate what the customer pays per hour for all GPUs of the session
 * @param hourlyCost what the provider takes per hour for the machine
 */
public record Candidate(Offer offer, GpuModel gpu, int gpuCount, Money hourlyRate, Money hourlyCost) {
    /** What the customer pays per hour for one GPU; for the machine where it has none. Exact: rates are multiples of it. */
    public Money hourlyRatePerGpu() {
        return new Money(hourlyRate.micros() / Math.max(1, gpuCount));
    }

    /** The same offer for a session of this many GPUs; the offer must come with them. */
    Candidate withGpus(int gpus) {
        Offer sized = offer.withGpus(gpus);
        return new Candidate(sized, gpu, gpus, hourlyRatePerGpu().times(Math.max(1, gpus)), sized.hourlyCost());
    }

    /** The same at another price for the customer, such as one that was promised. */
    public Candidate at(Money rate) {
        return new Candidate(offer, gpu, gpuCount, rate, hourlyCost);
    }

    /** Whether it can be launched now, as far as the provider says. */
    public boolean isFree() {
        return offer.available() && offer.free().orElse(1) > 0;
    }
}
