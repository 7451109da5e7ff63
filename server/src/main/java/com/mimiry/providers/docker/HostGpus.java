package com.mimiry.providers.docker;

import java.util.List;

/**
 * The GPUs of one host.
 *
 * @param simulated they are declared, not there: nothing is passed into containers
 */
record HostGpus(List<Gpu> gpus, boolean simulated) {
    static final HostGpus NONE = new HostGpus(List.of(), false);

    /**
     * @param id the GPU's own UUID; for a declared one, unique on its host
     * @param text as nvidia-smi writes it, or the canonical name
     * @param memoryMib 0 where unknown
     */
    record Gpu(String id, String text, int memoryMib) {}
}
