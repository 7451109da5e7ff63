package com.mimiry.simulation;

import com.mimiry.providers.VolumeProvider.Held;
import com.mimiry.providers.VolumeProvider.State;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A volume as it really is; times in microseconds since the begin of the run. */
final class SimulatedVolume {
    final UUID tag;
    final String location;
    final long createdAt;
    /** Until then it is being made. */
    final long readyAt;
    /** Before that it is in no listing. */
    final long listedFrom;

    private final List<long[]> sizes = new ArrayList<>();
    private final List<long[]> hidden = new ArrayList<>();
    long goneAt = SimulatedMachine.NEVER;
    boolean destroyAsked;
    boolean vanished;
    /** In no listing until then, although it is there. */
    long hiddenUntil;

    long mayHideFrom;

    SimulatedVolume(UUID tag, String location, int sizeGb, long createdAt, long readyAt, long listedFrom) {
        this.tag = tag;
        this.location = location;
        this.createdAt = createdAt;
        this.readyAt = readyAt;
        this.listedFrom = listedFrom;
        sizes.add(new long[] {createdAt, sizeGb});
    }

    boolean existsAt(long micros) {
        return micros < goneAt;
    }

    int sizeGb() {
        return (int) sizes.getLast()[1];
    }

    void grow(long now, int sizeGb) {
        sizes.add(new long[] {now, sizeGb});
    }

    void hide(long from, long until) {
        hiddenUntil = until;
        hidden.add(new long[] {from, until});
    }

    /** Whether listings left it out at about that time, although it was there. */
    boolean hiddenAt(long micros, long toleranceMicros) {
        return hidden.stream()
                .anyMatch(span -> micros >= span[0] - toleranceMicros && micros <= span[1] + toleranceMicros);
    }

    /** The provider's own meter: GB by microseconds until now, or until its end. */
    long gbMicros(long now) {
        long end = Math.min(now, goneAt);
        long sum = 0;
        for (int i = 0; i < sizes.size(); i++) {
            long until = i + 1 < sizes.size() ? Math.min(end, sizes.get(i + 1)[0]) : end;
            sum += sizes.get(i)[1] * Math.max(0, until - sizes.get(i)[0]);
        }
        return sum;
    }

    Held listed(World world) {
        State state = destroyAsked ? State.ENDING : world.now() < readyAt ? State.MAKING : State.READY;
        return new Held(tag, "v-" + tag, location, sizeGb(), state, world.instant(createdAt));
    }
}
