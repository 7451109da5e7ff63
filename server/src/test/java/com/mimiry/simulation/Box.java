package com.mimiry.simulation;

import com.mimiry.containers.ContainerEngine.LogEntry;
import com.mimiry.containers.ContainerSpec;
import com.mimiry.containers.ContainerStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A container with our init in it, as it really is. Its own times are by its machine's clock. */
final class Box {
    static final long NONE = Long.MAX_VALUE;
    private static final long KILL_PATIENCE_MICROS = 10_000_000;

    private final World world;
    private final SimulatedMachine machine;
    private final ContainerSpec spec;
    private final @Nullable Work work;
    private final List<LogEntry> log = new ArrayList<>();
    private final List<String> printed = new ArrayList<>();
    private long lastNanos;
    private int run;
    private boolean running;
    private boolean commandOver;
    private boolean askedToStop;
    private long startedAt = NONE;
    private long firstStartedAt = NONE;
    private long finishedAt = NONE;
    private int exitCode;
    private boolean outOfMemory;

    /** The truth about the command, for the audit. */
    int runs;

    boolean deadlineFired;
    boolean moneyFired;

    /** When its init ends it for want of money, by virtual time. */
    long paidUntil = NONE;

    /** Nobody was there to hear of it any more. */
    boolean toldAfterEnd;

    private long moneyOrder;
    private boolean ending;
    boolean died;

    @Nullable Integer commandExit;

    Box(World world, SimulatedMachine machine, ContainerSpec spec) {
        this.world = world;
        this.machine = machine;
        this.spec = spec;
        this.work = spec.command() == null ? null : Work.parse(spec.command());
    }

    ContainerStatus status() {
        if (startedAt == NONE) {
            return new ContainerStatus.Created();
        }
        return running
                ? new ContainerStatus.Running(local(startedAt))
                : new ContainerStatus.Exited(local(startedAt), local(finishedAt), exitCode, outOfMemory, "");
    }

    private Instant local(long micros) {
        return world.instant(micros + machine.clockMicros);
    }

    long startedAt() {
        return startedAt;
    }

    /** The same, however often it was run. */
    long firstStartedAt() {
        return firstStartedAt;
    }

    /** When it stopped running, or now; micros. */
    long ranUntil() {
        return running ? Math.min(world.now(), machine.goneAt) : Math.min(finishedAt, machine.goneAt);
    }

    boolean running() {
        return running;
    }

    ContainerSpec spec() {
        return spec;
    }

    /** What an engine does when it is told to start a container: one that has ended is run again. */
    void start() {
        if (running) {
            return;
        }
        run++;
        if (run == 1 || leftBehind()) {
            runs = Math.max(1, runs);
        } else {
            runs++;
        }
        running = true;
        commandOver = false;
        askedToStop = false;
        outOfMemory = false;
        ending = false;
        moneyOrder = 0;
        startedAt = world.now();
        firstStartedAt = Math.min(firstStartedAt, startedAt);
        watchMoney(spec.paid());
        if (spec.deadline() != null) {
            at(spec.deadline().toNanos() / 1_000, () -> {
                if (!ending) {
                    deadlineFired = true;
                    endByInit("deadline");
                }
            });
        }
        if (work != null) {
            for (int i = 1; i <= work.lines(); i++) {
                int number = i;
                at(work.millis() * 1_000 * i / (work.lines() + 1), () -> printLine(number));
            }
            at(work.millis() * 1_000, this::endOfWork);
        }
    }

    /**
     * A replica that was frozen between looking at a container and starting it, until the container had run and ended, runs
     * it again: engines know no other way to be told. Counted, not blamed.
     */
    private boolean leftBehind() {
        Strand strand = Strand.current();
        boolean left = strand != null && !strand.owns.getAsBoolean();
        if (left) {
            world.fault(Fault.RUN_AGAIN, strand.replica().name(), spec.name());
        }
        return left;
    }

    /** Something that happens to this run of it, unless it has ended before. */
    private void at(long micros, Runnable action) {
        int mine = run;
        world.after(micros, () -> {
            if (running && run == mine && machine.existsAt(world.now())) {
                action.run();
            }
        });
    }

    private void printLine(int number) {
        if (!commandOver) {
            String line = "line " + number + " of run " + run;
            printed.add(line);
            write(line + "\n");
        }
    }

    private void endOfWork() {
        if (commandOver || work == null) {
            return;
        }
        switch (work.fate()) {
            case EXITS -> commandEnds(work.exitCode());
            case OUT_OF_MEMORY -> {
                world.fault(Fault.OUT_OF_MEMORY, "box", spec.name());
                outOfMemory = true;
                commandEnds(137);
            }
            case DIES_WITH_INIT -> {
                world.fault(Fault.CONTAINER_DIED, "box", spec.name());
                died = true;
                exit(137);
            }
        }
    }

    private void commandEnds(int code) {
        commandOver = true;
        commandExit = code;
        boolean kept = !askedToStop && (code == 0 ? spec.keepAfterSuccess() : spec.keepAfterFailure());
        report("ended code=%d kept=%d term=%d".formatted(code, kept ? 1 : 0, askedToStop ? 1 : 0));
        if (!kept) {
            exit(code);
        }
    }

    private void exit(int code) {
        exitCode = code;
        finishedAt = world.now();
        running = false;
        world.tell("box", "%s exits with %d".formatted(spec.name(), code));
    }

    /** What it is told about money on its stdin. */
    void arm(long number, @Nullable Duration left) {
        if (!running) {
            toldAfterEnd = true;
        } else if (number > moneyOrder) {
            moneyOrder = number;
            watchMoney(left);
        }
    }

    boolean runAgain() {
        return run > 1;
    }

    private void watchMoney(@Nullable Duration left) {
        long micros = left == null ? NONE : left.toSeconds() * 1_000_000;
        paidUntil = left == null ? NONE : world.now() + micros;
        if (left != null) {
            at(micros, () -> {
                if (!ending && world.now() >= paidUntil) {
                    moneyFired = true;
                    endByInit("unpaid");
                }
            });
        }
    }

    private void endByInit(String why) {
        ending = true;
        report(why);
        signal("SIGTERM");
        at(KILL_PATIENCE_MICROS, () -> {
            if (!commandOver && work != null) {
                commandEnds(137);
            } else {
                exit(143);
            }
        });
    }

    void signal(String signal) {
        if (!running) {
            return;
        }
        if (signal.equals("SIGKILL")) {
            exit(137);
            return;
        }
        askedToStop = true;
        if (commandOver || work == null) {
            exit(work == null ? 143 : exitCodeAfterKeeping());
        } else if (work.termMillis() >= 0) {
            at(work.termMillis() * 1_000, () -> {
                if (!commandOver) {
                    commandEnds(143);
                }
            });
        }
    }

    private int exitCodeAfterKeeping() {
        return commandExit == null ? 143 : commandExit;
    }

    private void report(String words) {
        write("\u001emimiry:" + spec.controlToken() + " " + words + "\n");
    }

    private void write(String text) {
        Instant at = local(world.now());
        long nanos = Math.max(lastNanos + 1, ChronoUnit.NANOS.between(Instant.EPOCH, at));
        lastNanos = nanos;
        log.add(new LogEntry(Instant.EPOCH.plusNanos(nanos), false, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** What its command printed, whoever read it. */
    List<String> printed() {
        return printed;
    }

    List<LogEntry> log() {
        return log;
    }
}
