package com.mimiry.simulation;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerSpec;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.ExecSpec;
import com.mimiry.containers.ExecStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One machine's container engine, as a replica reaches it. */
final class SimulatedEngine implements ContainerEngine {
    private final World world;
    private final Effects effects;
    private final Supplier<SimulatedMachine> machine;
    private final Breach breach;

    SimulatedEngine(World world, Effects effects, Supplier<SimulatedMachine> machine, Breach breach) {
        this.world = world;
        this.effects = effects;
        this.machine = machine;
        this.breach = breach;
    }

    private <T extends @Nullable Object> T call(String what, Function<SimulatedMachine, T> work) {
        effects.call("before " + what, true);
        SimulatedMachine target = machine.get();
        if (world.mischief && world.chance.in(world.mood.engine())) {
            world.count(Fault.ENGINE_CALL_FAILED);
            if (world.chance.in(0.5)) {
                work.apply(target);
            }
            throw new EngineException.Unreachable("the engine's answer broke off", null);
        }
        T result = work.apply(target);
        effects.point("after " + what, true);
        return result;
    }

    private void requireOwn(SimulatedMachine target, String container) {
        if (!container.endsWith(target.tag.toString())) {
            world.violation(
                    "rule 6: %s was spoken to on machine %s, which is another's".formatted(container, target.tag));
        }
    }

    @Override
    public EngineInfo info() {
        return call("asking an engine", target -> new EngineInfo("25.0", target.host, 16, 64L << 30, true));
    }

    @Override
    public Set<String> imageIds() {
        return call("listing images", target -> target.hasImage ? Set.of("sha256:1") : Set.of());
    }

    @Override
    public Optional<ImageInfo> image(String image) {
        return call(
                "looking for an image",
                target ->
                        target.hasImage ? Optional.of(new ImageInfo("sha256:1", "", "", Map.of())) : Optional.empty());
    }

    @Override
    public void pull(String image, @Nullable RegistryAuth auth, Consumer<PullProgress> progress) {
        call("pulling", target -> {
            if (image.endsWith(":missing")) {
                world.fault(Fault.PULL_REFUSED, "registry", image);
                throw new EngineException.Rejected("manifest unknown");
            }
            progress.accept(new PullProgress(1, 1, 1_000, 1_000));
            target.hasImage = true;
            return true;
        });
    }

    @Override
    public void prepare() {
        call("setting up", _ -> true);
    }

    @Override
    public void create(ContainerSpec spec) {
        call("creating a container", target -> {
            requireOwn(target, spec.name());
            for (ContainerSpec.Mount mount : spec.mounts()) {
                UUID volume = UUID.fromString(mount.hostPath().substring("/volumes/".length()));
                if (!target.volumes.contains(volume)) {
                    throw new EngineException.Rejected("no such directory: " + mount.hostPath());
                }
            }
            if (spec.mounts().size() != target.volumes.size()) {
                world.violation("%s sees %d of %d volumes"
                        .formatted(spec.name(), spec.mounts().size(), target.volumes.size()));
            }
            ContainerSpec made = switch (breach) {
                case DEADLINE_NOT_ARMED -> withoutDeadline(spec);
                case MONEY_NOT_ARMED -> spec.paidFor(null);
                default -> spec;
            };
            return target.boxes.computeIfAbsent(spec.name(), _ -> new Box(world, target, made));
        });
    }

    private static ContainerSpec withoutDeadline(ContainerSpec spec) {
        return new ContainerSpec(
                spec.name(),
                spec.image(),
                spec.labels(),
                spec.command(),
                spec.keepAfterSuccess(),
                spec.keepAfterFailure(),
                null,
                spec.paid(),
                spec.controlToken(),
                spec.environment(),
                spec.gpuIds(),
                spec.memoryBytes(),
                spec.cpus(),
                spec.pidsMax(),
                spec.hostname(),
                spec.mounts());
    }

    @Override
    public void start(String name) {
        call("starting a container", target -> {
            requireOwn(target, name);
            Box box = box(target, name);
            if (world.mischief && box.runs == 0 && world.chance.in(0.01)) {
                world.fault(Fault.ENGINE_REFUSED, "engine", name);
                throw new EngineException.Rejected("no such device");
            }
            box.start();
            return true;
        });
    }

    private static Box box(SimulatedMachine target, String name) {
        Box box = target.boxes.get(name);
        if (box == null) {
            throw new EngineException.NotFound("no such container: " + name);
        }
        return box;
    }

    @Override
    public ContainerStatus inspect(String name) {
        try {
            return call("looking at a container", target -> {
                requireOwn(target, name);
                Box box = target.boxes.get(name);
                return box == null ? new ContainerStatus.Absent() : box.status();
            });
        } catch (EngineException.Unreachable e) {
            if (breach == Breach.UNREACHABLE_IS_DEAD) {
                return new ContainerStatus.Absent();
            }
            throw e;
        }
    }

    @Override
    public void signal(String name, String signal) {
        call("sending " + signal, target -> {
            requireOwn(target, name);
            Box box = target.boxes.get(name);
            if (box != null) {
                box.signal(signal);
            }
            return true;
        });
    }

    @Override
    public void arm(String name, long number, @Nullable Duration left) {
        call("telling a container when its money ends", target -> {
            requireOwn(target, name);
            Box box = target.boxes.get(name);
            if (box != null && breach != Breach.MONEY_NOT_ARMED) {
                box.arm(number, left);
            }
            return true;
        });
    }

    @Override
    public void remove(String name) {
        call("removing a container", target -> {
            target.boxes.remove(name);
            return true;
        });
    }

    @Override
    public List<ContainerSummary> list(Map<String, String> labels) {
        return call(
                "listing containers",
                target -> target.boxes.values().stream()
                        .map(box -> new ContainerSummary(
                                box.spec().name(),
                                box.spec().labels(),
                                box.running(),
                                world.instant(target.launchedAt)))
                        .toList());
    }

    @Override
    public void logs(String name, @Nullable Instant since, boolean follow, Consumer<LogEntry> sink) {
        List<LogEntry> entries =
                call("reading output", target -> List.copyOf(box(target, name).log()));
        entries.stream()
                .filter(entry -> since == null || !entry.at().isBefore(since))
                .forEach(sink);
    }

    @Override
    public ExecStream exec(String name, ExecSpec spec) throws IOException {
        throw new IOException("nobody logs in here");
    }
}
