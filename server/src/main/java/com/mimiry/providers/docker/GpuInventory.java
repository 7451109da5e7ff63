package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.providers.GpuNames;
import com.mimiry.providers.docker.HostGpus.Gpu;
import io.quarkus.logging.Log;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Which GPUs each host has: those that are there, else those declared, else, if allowed, a made-up set. */
final class GpuInventory {
    /** Enough for a hundred sessions on one host. */
    private static final String MADE_UP = "T4:128,A100_80G_SXM:16,H100_80G_SXM:16";

    private final NvidiaSmi nvidiaSmi;
    private final Engines engines;
    private final Duration interval;
    private final Clock clock;
    private final List<Gpu> madeUp;
    private final boolean mayMakeUp;
    private final Map<EngineAddress, Machine> machines = new ConcurrentHashMap<>();
    private final AtomicBoolean said = new AtomicBoolean();

    GpuInventory(DockerConfig config, GpuNames names, Engines engines, Clock clock) {
        this.nvidiaSmi = new NvidiaSmi(config.nvidiaSmi(), config.nvidiaSmiTimeout());
        this.engines = engines;
        this.interval = config.inventoryInterval();
        this.clock = clock;
        this.madeUp = DockerHost.declared("simulated GPUs", MADE_UP, names);
        this.mayMakeUp = config.simulate() == DockerConfig.Simulate.AUTO;
    }

    HostGpus of(DockerHost host) {
        boolean unknown = false;
        if (host.hasOurGpus() || host.engine().isSsh()) {
            Seen seen =
                    machines.computeIfAbsent(host.engine(), _ -> new Machine()).look(host);
            if (!seen.gpus().isEmpty()) {
                return new HostGpus(seen.gpus(), false);
            }
            unknown = seen.unknown();
        }
        if (!host.declared().isEmpty()) {
            return new HostGpus(host.declared(), true);
        }
        // Where GPUs may be there, pretending to have others would hide the trouble.
        if (!mayMakeUp || host.engine().isSsh() || unknown) {
            return HostGpus.NONE;
        }
        if (said.compareAndSet(false, true)) {
            Log.warnf(
                    "host %s has no GPUs, so it pretends to have some (%s): sessions run without any."
                            + " mimiry.docker.simulate=off ends this; mimiry.docker.hosts.<name>.gpus declares others",
                    host.name(), MADE_UP);
        }
        return new HostGpus(madeUp, true);
    }

    /** @param unknown the tool that lists them does not work: there may be others */
    private record Seen(List<Gpu> gpus, boolean unknown) {}

    /**
     * What was found on one machine. One task asks, for all who want to know, and goes on when they lose their patience: a
     * driver may need some time. The lock guards which task is the newest.
     */
    private final class Machine {
        private final ReentrantLock lock = new ReentrantLock();
        private volatile Seen seen = new Seen(List.of(), false);
        private @Nullable FutureTask<Seen> newest;
        private Instant begunAt = Instant.EPOCH;

        Seen look(DockerHost host) {
            try {
                return task(host).get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EngineException.Unreachable("its GPUs are still being listed", e);
            }
        }

        private FutureTask<Seen> task(DockerHost host) {
            lock.lock();
            try {
                Instant now = clock.instant();
                FutureTask<Seen> last = newest;
                if (last != null && (!last.isDone() || now.isBefore(begunAt.plus(interval)))) {
                    return last;
                }
                FutureTask<Seen> next = new FutureTask<>(() -> {
                    seen = seen(host, ask(host));
                    return seen;
                });
                newest = next;
                begunAt = now;
                Thread.ofVirtual().name("gpus-" + host.name()).start(next);
                return next;
            } finally {
                lock.unlock();
            }
        }

        private NvidiaSmi.Answer ask(DockerHost host) {
            return host.engine().isSsh() ? nvidiaSmi.ask(engines, host.engine()) : nvidiaSmi.ask();
        }

        private Seen seen(DockerHost host, NvidiaSmi.Answer answer) {
            return switch (answer) {
                case NvidiaSmi.Answer.Found(List<Gpu> gpus) -> {
                    if (!seen.gpus().equals(gpus)) {
                        Log.infof("%d GPUs found on host %s: %s", gpus.size(), host.name(), names(gpus));
                    }
                    yield new Seen(gpus, false);
                }
                // A GPU does not go away while its driver is being mended: what was found stays until it is seen to be
                // gone.
                case NvidiaSmi.Answer.Broken(String words) -> {
                    Log.warnf("the GPUs of host %s cannot be listed: %s", host.name(), words);
                    yield new Seen(seen.gpus(), true);
                }
                case NvidiaSmi.Answer.None _ -> new Seen(List.of(), false);
            };
        }
    }

    private static List<String> names(List<Gpu> gpus) {
        return gpus.stream().map(Gpu::text).distinct().toList();
    }
}
