package com.mimiry.catalog;

import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;

/**
 * An offer that fits a request.
 *
 * @param hourlyRate what the customer pays per hour for all GPUs of the session
 * @param hourlyCost what the provider takes per hour for the machine
 */
public record Candidate(Offer offer, GpuModel gpu, int gpuCount, Money hourlyRate, Money hourlyCost) {}
