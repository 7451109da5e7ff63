package com.mimiry.providers.docker;

import com.mimiry.providers.GpuNames;
import com.mimiry.providers.docker.HostGpus.Gpu;
import io.quarkus.logging.Log;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which GPUs each host has: those that are there, else those declared, else, if allowed, a made-up set. The lock guards
 * what was found on our own machine; whoever holds it is the one that asks.
 */
final class GpuInventory {
    /** Enough for a hundred sessions on one host. */
    private static final String MADE_UP = "T4:128,A100_80G_SXM:16,H100_80G_SXM:16";

    private final NvidiaSmi nvidiaSmi;
    private final Duration interval;
    private final Clock clock;
    private final List<Gpu> madeUp;
    private final boolean mayMakeUp;
    private final ReentrantLock lock = new ReentrantLock();

    private HostGpus ours = HostGpus.NONE;
    private boolean oursUnknown;
    private boolean said;
    private @Nullable Instant askedAt;

    GpuInventory(DockerConfig config, GpuNames names, Clock clock) {
        this.nvidiaSmi = new NvidiaSmi(config.nvidiaSmi(), config.nvidiaSmiTimeout());
        this.interval = config.inventoryInterval();
        this.clock = clock;
        this.madeUp = DockerHost.declared("simulated GPUs", MADE_UP, names);
        this.mayMakeUp = config.simulate() == DockerConfig.Simulate.AUTO;
    }

    HostGpus of(DockerHost host) {
        lock.lock();
        try {
            if (host.hasOurGpus()) {
                refresh();
                if (!ours.gpus().isEmpty()) {
                    return ours;
                }
            }
            if (!host.declared().isEmpty()) {
                return new HostGpus(host.declared(), true);
            }
            // Where GPUs may be there, pretending to have others would hide the trouble.
            if (!mayMakeUp || host.engine().isSsh() || (host.hasOurGpus() && oursUnknown)) {
                return HostGpus.NONE;
            }
            sayMadeUp(host);
            return new HostGpus(madeUp, true);
        } finally {
            lock.unlock();
        }
    }

    private void refresh() {
        Instant now = clock.instant();
        if (askedAt != null && now.isBefore(askedAt.plus(interval))) {
            return;
        }
        askedAt = now;
        switch (nvidiaSmi.ask()) {
            case NvidiaSmi.Answer.Found found -> {
                if (!ours.gpus().equals(found.gpus())) {
                    Log.infof("%d GPUs found on this machine: %s", found.gpus().size(), names(found.gpus()));
                }
                ours = new HostGpus(found.gpus(), false);
                oursUnknown = false;
            }
            // A GPU does not go away while its driver is being mended: what was found stays until it is seen to be
            // gone.
            case NvidiaSmi.Answer.Broken broken -> {
                Log.warnf("the GPUs of this machine cannot be listed: %s", broken.words());
                oursUnknown = true;
            }
            case NvidiaSmi.Answer.None _ -> {
                ours = HostGpus.NONE;
                oursUnknown = false;
            }
        }
    }

    private void sayMadeUp(DockerHost host) {
        if (!said) {
            said = true;
            Log.warnf(
                    "host %s has no GPUs, so it pretends to have some (%s): sessions run without any."
                            + " mimiry.docker.simulate=off ends this; mimiry.docker.hosts.<name>.gpus declares others",
                    host.name(), MADE_UP);
        }
    }

    private static List<String> names(List<Gpu> gpus) {
        return gpus.stream().map(Gpu::text).distinct().toList();
    }
}
