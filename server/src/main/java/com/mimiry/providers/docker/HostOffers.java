package com.mimiry.providers.docker;

import com.mimiry.containers.ContainerEngine.EngineInfo;
import com.mimiry.platform.Money;
import com.mimiry.providers.GpuNames;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.Limits;
import com.mimiry.providers.docker.HostGpus.Gpu;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Describes a host as offers, and says what one session may use of it: pure. */
final class HostOffers {
    /** The kind of a share of a host without GPUs. */
    static final String CPU_KIND = "cpu";

    private static final long SIMULATED_BYTES_PER_GPU = 2L << 30;
    private static final double SHARE_FOR_SESSIONS = 0.9;

    private final DockerConfig config;
    private final GpuNames names;
    private final Map<String, Money> prices;

    HostOffers(DockerConfig config, GpuNames names) {
        this.config = config;
        this.names = names;
        this.prices = config.prices().entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> canonical(entry.getKey()).toLowerCase(Locale.ROOT),
                        entry -> price("mimiry.docker.prices." + entry.getKey(), entry.getValue())));
    }

    /** The host's GPUs by kind, a kind being the canonical name. */
    Map<String, List<Gpu>> kinds(HostGpus gpus) {
        return gpus.gpus().stream()
                .collect(Collectors.groupingBy(
                        gpu -> names.identify(gpu.text(), gpu.memoryMib()).name(),
                        LinkedHashMap::new,
                        Collectors.toList()));
    }

    List<Offer> offers(DockerHost host, EngineInfo info, HostGpus gpus, Set<String> leased) {
        List<Offer> offers = new ArrayList<>();
        int total = gpus.gpus().size();
        kinds(gpus).forEach((kind, same) -> {
            int free = (int)
                    same.stream().filter(gpu -> !leased.contains(gpu.id())).count();
            Gpu one = same.getFirst();
            Limits limits = limits(info, gpus, 1);
            offers.add(new Offer(
                    DockerProvider.NAME,
                    host.location(),
                    host.name() + "/" + kind,
                    one.text(),
                    one.memoryMib(),
                    1,
                    same.size(),
                    hourlyCost(one),
                    Math.max(1, info.cpus() / total),
                    mebibytes(limits.memoryBytes()),
                    OptionalInt.of(free),
                    free > 0,
                    false,
                    gpus.simulated()));
        });
        offers.add(new Offer(
                DockerProvider.NAME,
                host.location(),
                host.name() + "/" + CPU_KIND,
                "",
                0,
                0,
                0,
                price("mimiry.docker.cpu-price", config.cpuPrice()),
                info.cpus(),
                mebibytes(info.memoryBytes()),
                OptionalInt.empty(),
                true,
                false,
                false));
        return offers;
    }

    /** @param count GPUs of the session; 0 for a share without GPUs, which is as large as that of one */
    Limits limits(EngineInfo info, HostGpus gpus, int count) {
        int shares = Math.max(1, count);
        int total = Math.max(1, gpus.gpus().size());
        long fair = gpus.simulated() || gpus.gpus().isEmpty()
                ? SIMULATED_BYTES_PER_GPU
                : (long) (info.memoryBytes() * SHARE_FOR_SESSIONS / total);
        long memory = config.memoryPerGpu().map(size -> size.asLongValue()).orElse(fair);
        double fairCpus = gpus.simulated() || gpus.gpus().isEmpty() ? 0 : (double) info.cpus() / total;
        return new Limits(memory * shares, config.cpusPerGpu().orElse(fairCpus) * shares, config.pidsMax());
    }

    private Money hourlyCost(Gpu gpu) {
        GpuNames.Known known = names.identify(gpu.text(), gpu.memoryMib());
        return prices.getOrDefault(known.name().toLowerCase(Locale.ROOT), known.indicativeHourlyCost());
    }

    private String canonical(String name) {
        return names.named(name)
                .map(GpuNames.Known::name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "mimiry.docker.prices." + name + ": no GPU has this name; /api/compute/v1/catalog lists all"));
    }

    private static Money price(String key, BigDecimal euros) {
        if (euros.signum() < 0 || euros.compareTo(BigDecimal.valueOf(1_000_000)) > 0) {
            throw new IllegalArgumentException(key + ": " + euros + " is no price in euro per hour");
        }
        return Money.ofEuros(euros.setScale(6, RoundingMode.HALF_UP));
    }

    private static int mebibytes(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, bytes >> 20);
    }
}
