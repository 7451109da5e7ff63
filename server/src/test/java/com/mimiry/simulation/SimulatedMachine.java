package com.mimiry.simulation;

import com.mimiry.containers.EngineAddress;
import com.mimiry.providers.Provider.Limits;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.Provider.MachineState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A machine as it really is; times in microseconds since the begin of the run. */
final class SimulatedMachine {
    static final long NEVER = Long.MAX_VALUE;

    final UUID tag;
    final @Nullable UUID session;
    final Kind kind;
    final String host;
    final long launchedAt;
    final long bootsAt;
    /** Before that it is in no listing. */
    final long listedFrom;

    /** Made although its session had gone on without it; the sweep's to find. */
    final boolean late;

    /** By how much its own clock is off. */
    final long clockMicros;

    final Map<String, Box> boxes = new LinkedHashMap<>();
    /** What it was made with, and has until it is gone. */
    final List<UUID> volumes = new ArrayList<>();

    long destroyAskedAt = NEVER;
    long goneAt = NEVER;
    /** In no listing until then, although it is there. */
    long hiddenUntil;

    long mayHideFrom;
    private final List<long[]> hidden = new ArrayList<>();
    long unreachableUntil;
    boolean vanished;
    boolean hasImage;

    SimulatedMachine(
            UUID tag,
            @Nullable UUID session,
            Kind kind,
            String host,
            long launchedAt,
            long bootsAt,
            long listedFrom,
            boolean late,
            long clockMicros) {
        this.tag = tag;
        this.session = session;
        this.kind = kind;
        this.host = host;
        this.launchedAt = launchedAt;
        this.bootsAt = bootsAt;
        this.listedFrom = listedFrom;
        this.late = late;
        this.clockMicros = clockMicros;
    }

    /** The address with the host key that its machine alone can show. */
    EngineAddress address() {
        return EngineAddress.of("simulated://" + host + "/#" + tag);
    }

    void hide(long from, long until) {
        hiddenUntil = until;
        hidden.add(new long[] {from, until});
    }

    /** Whether listings left it out at about that time, although it was there. */
    boolean hiddenAt(long micros, long toleranceMicros) {
        return micros < listedFrom + toleranceMicros
                || hidden.stream()
                        .anyMatch(span -> micros >= span[0] - toleranceMicros && micros <= span[1] + toleranceMicros);
    }

    boolean existsAt(long micros) {
        return micros < goneAt;
    }

    boolean bootedAt(long micros) {
        return micros >= bootsAt && existsAt(micros);
    }

    Machine listed(World world) {
        MachineState state = destroyAskedAt != NEVER
                ? MachineState.ENDING
                : bootedAt(world.now()) ? MachineState.RUNNING : MachineState.STARTING;
        return new Machine(
                tag,
                "i-" + tag.toString().substring(0, 8),
                state,
                address(),
                List.of(),
                new Limits(16L << 30, 8, 4_096),
                world.instant(launchedAt));
    }
}
