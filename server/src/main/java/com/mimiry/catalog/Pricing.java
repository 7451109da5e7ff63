package com.mimiry.catalog;

import com.mimiry.platform.Money;
import com.mimiry.providers.Offer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Turns what a provider takes into what a customer pays. */
final class Pricing {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private final BigDecimal general;
    private final Map<String, BigDecimal> byProvider;
    private final Map<String, BigDecimal> byGpu;

    Pricing(MarketConfig config, GpuCatalog catalog) {
        this.general = checked("mimiry.market.margin", config.margin());
        this.byProvider = lowerCase(config.providerMargins());
        this.byGpu = lowerCase(config.gpuMargins());
        byProvider.forEach((name, percent) -> checked("mimiry.market.provider-margins." + name, percent));
        config.gpuMargins().forEach((name, percent) -> {
            checked("mimiry.market.gpu-margins." + name, percent);
            if (catalog.models().stream().noneMatch(model -> model.name().equalsIgnoreCase(name))) {
                throw new IllegalArgumentException("mimiry.market.gpu-margins." + name + ": no GPU has this canonical"
                        + " name; did you mean " + String.join(", ", catalog.nearest(name)) + "?");
            }
        });
    }

    /**
     * The offer with its rate. A rate per GPU is rounded up to the micro-euro, so that the total is an exact multiple of
     * what is shown for one GPU, and never below the cost.
     */
    Candidate price(Offer offer, GpuModel gpu) {
        int units = Math.max(1, offer.gpuCount());
        BigInteger perUnit = BigDecimal.valueOf(offer.hourlyCost().micros())
                .multiply(HUNDRED.add(margin(offer.provider(), gpu)))
                .divide(HUNDRED.multiply(BigDecimal.valueOf(units)), 0, RoundingMode.CEILING)
                .toBigIntegerExact();
        return new Candidate(
                offer, gpu, offer.gpuCount(), new Money(perUnit.longValueExact()).times(units), offer.hourlyCost());
    }

    private BigDecimal margin(String provider, GpuModel gpu) {
        BigDecimal ofProvider = byProvider.getOrDefault(provider.toLowerCase(Locale.ROOT), general);
        return byGpu.getOrDefault(gpu.name().toLowerCase(Locale.ROOT), ofProvider);
    }

    private static Map<String, BigDecimal> lowerCase(Map<String, BigDecimal> percents) {
        return percents.entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().toLowerCase(Locale.ROOT), Map.Entry::getValue));
    }

    private static BigDecimal checked(String key, BigDecimal percent) {
        if (percent.compareTo(HUNDRED.negate()) < 0 || percent.compareTo(BigDecimal.valueOf(10_000)) > 0) {
            throw new IllegalArgumentException(key + ": " + percent + " is not between -100 and 10000 percent");
        }
        return percent;
    }
}
