package com.mimiry.logs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;

/** What operators see of log capture. */
final class LogMeters {
    private final MeterRegistry registry;
    private final Counter lines;
    private final Counter bytes;
    private final Counter droppedLines;

    LogMeters(MeterRegistry registry) {
        this.registry = registry;
        this.lines = registry.counter("mimiry.logs.lines");
        this.bytes = registry.counter("mimiry.logs.bytes");
        this.droppedLines = registry.counter("mimiry.logs.dropped.lines");
    }

    void activeCaptures(Supplier<Number> count) {
        registry.gauge("mimiry.logs.captures", count, supplier -> supplier.get().doubleValue());
    }

    void stored(Rendering rendering) {
        lines.increment(rendering.lines());
        bytes.increment(rendering.size());
        droppedLines.increment((double) rendering.droppedLines());
    }
}
