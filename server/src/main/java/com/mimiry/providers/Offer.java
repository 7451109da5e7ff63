package com.mimiry.providers;

import com.mimiry.platform.Money;
import java.util.OptionalInt;

/**
 * One kind of machine at one place, as the provider describes it.
 *
 * @param reference the provider's own name of the kind; handed back to it at launch
 * @param gpuText the GPU as the provider or nvidia-smi writes it, "" for none; the catalogue makes a canonical name of it
 * @param gpuMemoryMib of one GPU as the provider states it, 0 where unknown
 * @param gpuCount GPUs in one such machine
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
        Money hourlyCost,
        int vcpus,
        int memoryMib,
        OptionalInt free,
        boolean available,
        boolean spot,
        boolean simulated) {}
