package com.mimiry.providers;

import com.mimiry.platform.Money;
import java.util.OptionalInt;

/**
 * One kind of machine at one place, as the provider describes it. Either of a fixed shape ({@code gpuCountMax} equals
 * {@code gpuCount}) or divisible: then everything is said for {@code gpuCount} GPUs and grows in proportion up to
 * {@code gpuCountMax}, see {@link #withGpus}.
 *
 * @param reference the provider's own name of the kind; handed back to it at launch
 * @param gpuText the GPU as the provider or nvidia-smi writes it, "" for none; the catalogue makes a canonical name of it
 * @param gpuMemoryMib of one GPU as the provider states it, 0 where unknown
 * @param gpuCount GPUs in one such machine
 * @param gpuCountMax the most GPUs that one such machine can be given
 * @param hourlyCost what the provider takes for the whole machine
 * @param free how many such machines could be launched now; empty where the provider does not say
 * @param available false where the provider lists the kind but has none now
 * @param simulated true where the GPUs are declared, not there
 */
public record Offer(
        String provider,
        String location,
        String reference,
        String gpuText,
        int gpuMemoryMib,
        int gpuCount,
        int gpuCountMax,
        Money hourlyCost,
        int vcpus,
        int memoryMib,
        OptionalInt free,
        boolean available,
        boolean spot,
        boolean simulated) {
    public Offer {
        if (gpuCount < 0 || gpuCountMax < gpuCount || (gpuCountMax > gpuCount && gpuCount != 1)) {
            throw new IllegalArgumentException("an offer is of a fixed shape, or divisible from one GPU on");
        }
    }

    /** Whether a machine with just this many GPUs can be had of it, now or later. */
    public boolean comesWith(int gpus) {
        return gpus >= gpuCount && gpus <= gpuCountMax;
    }

    /** This offer as a machine of fixed shape. */
    public Offer withGpus(int gpus) {
        if (!comesWith(gpus)) {
            throw new IllegalArgumentException(reference + " does not come with " + gpus + " GPUs");
        }
        if (gpuCount == gpuCountMax) {
            return this;
        }
        OptionalInt machines = free.isPresent() ? OptionalInt.of(free.getAsInt() / gpus) : free;
        return new Offer(
                provider,
                location,
                reference,
                gpuText,
                gpuMemoryMib,
                gpus,
                gpus,
                hourlyCost.times(gpus),
                vcpus * gpus,
                memoryMib * gpus,
                machines,
                available && machines.orElse(1) > 0,
                spot,
                simulated);
    }
}
