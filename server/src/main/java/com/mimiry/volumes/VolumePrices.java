package com.mimiry.volumes;

import com.mimiry.platform.Money;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What volumes cost: per GB and month by configuration, per hour in the ledger. */
@Singleton
final class VolumePrices {
    private static final BigDecimal HOURS_PER_MONTH = BigDecimal.valueOf(730);
    private static final BigDecimal DEAREST = BigDecimal.valueOf(10_000);

    private final BigDecimal general;
    private final Map<String, BigDecimal> byProvider;

    VolumePrices(VolumeConfig config) {
        this.general = checked("mimiry.volumes.monthly-price-per-gb", config.monthlyPricePerGb());
        config.monthlyPricesPerGb()
                .forEach((name, price) -> checked("mimiry.volumes.monthly-prices-per-gb." + name, price));
        this.byProvider = config.monthlyPricesPerGb().entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().toLowerCase(Locale.ROOT), Map.Entry::getValue));
    }

    /**
     * What the customer pays for the whole volume: the provider's price by configuration; else the general one, or what the
     * provider takes where that is more.
     */
    Money hourlyRate(String provider, Money monthlyCostPerGb, int sizeGb) {
        BigDecimal own = byProvider.get(provider.toLowerCase(Locale.ROOT));
        return hourly(own == null ? general.max(monthlyCostPerGb.euros()) : own, sizeGb);
    }

    /** What the provider takes for the whole volume. */
    Money hourlyCost(Money monthlyPerGb, int sizeGb) {
        return hourly(monthlyPerGb.euros(), sizeGb);
    }

    /** Rounded once, for the whole volume and not for each GB: up, so that it is never below its price. */
    private static Money hourly(BigDecimal monthlyPerGb, int sizeGb) {
        return Money.ofEuros(
                monthlyPerGb.multiply(BigDecimal.valueOf(sizeGb)).divide(HOURS_PER_MONTH, 6, RoundingMode.CEILING));
    }

    private static BigDecimal checked(String key, BigDecimal euros) {
        if (euros.signum() < 0 || euros.compareTo(DEAREST) > 0) {
            throw new IllegalArgumentException(key + ": " + euros + " is no price in euro per GB and month");
        }
        return euros;
    }
}
