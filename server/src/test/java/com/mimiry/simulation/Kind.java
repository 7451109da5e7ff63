package com.mimiry.simulation;

import com.mimiry.platform.Money;

/**
 * A kind of machine that a simulated provider rents out.
 *
 * @param gpu as the provider writes it
 * @param hourlyCost of the whole machine
 * @param capacity machines of it at once
 */
record Kind(String reference, String location, String gpu, int memoryMib, int gpus, Money hourlyCost, int capacity) {}
