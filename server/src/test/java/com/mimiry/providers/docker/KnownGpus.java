package com.mimiry.providers.docker;

import com.mimiry.platform.Money;
import com.mimiry.providers.GpuNames;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** As much of a catalogue as these tests need. */
final class KnownGpus implements GpuNames {
    private static final Map<String, Known> BY_TEXT = Map.of(
            "t4", new Known("T4_16G_PCIe", 16, Money.ofEuros("0.35")),
            "tesla t4", new Known("T4_16G_PCIe", 16, Money.ofEuros("0.35")),
            "t4_16g_pcie", new Known("T4_16G_PCIe", 16, Money.ofEuros("0.35")),
            "h100", new Known("H100_80G_SXM", 80, Money.ofEuros("2.84")),
            "h100_80g_sxm", new Known("H100_80G_SXM", 80, Money.ofEuros("2.84")),
            "a100_80g_sxm", new Known("A100_80G_SXM", 80, Money.ofEuros("1.79")));

    @Override
    public Known identify(String text, int memoryMib) {
        return named(text).orElseGet(() -> new Known("Unknown:" + text, memoryMib / 1024, Money.ofEuros("1.00")));
    }

    @Override
    public Optional<Known> named(String name) {
        return Optional.ofNullable(BY_TEXT.get(name.toLowerCase(Locale.ROOT)));
    }
}
