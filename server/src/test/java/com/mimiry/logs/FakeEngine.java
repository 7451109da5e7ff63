package com.mimiry.logs;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerSpec;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.containers.ExecSpec;
import com.mimiry.containers.ExecStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** One container's log, as an engine would give it; breaks streams on demand. */
final class FakeEngine implements ContainerEngine, Engines {
    static final EngineAddress ADDRESS = EngineAddress.of("unix:///fake");
    static final Instant START = Instant.parse("2026-05-01T08:00:00.123456789Z");

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<LogEntry> entries = new ArrayList<>();
    private ContainerStatus status = new ContainerStatus.Running(START);
    private Instant clock = START;
    private volatile IntPredicate breakAfter = _ -> false;
    private volatile boolean breakQuietly;
    private int forgotten;
    final AtomicLong delivered = new AtomicLong();
    final AtomicLong streams = new AtomicLong();
    volatile boolean unreachable;

    @Override
    public ContainerEngine connect(EngineAddress address) {
        if (unreachable) {
            throw new EngineException.Unreachable("no route", null);
        }
        return this;
    }

    FakeEngine stdout(String text) {
        clock = clock.plusNanos(1_000);
        return add(clock, false, text.getBytes(StandardCharsets.UTF_8));
    }

    FakeEngine stderr(String text) {
        clock = clock.plusNanos(1_000);
        return add(clock, true, text.getBytes(StandardCharsets.UTF_8));
    }

    FakeEngine add(Instant at, boolean stderr, byte[] payload) {
        return add(new LogEntry(at, stderr, payload));
    }

    FakeEngine add(LogEntry entry) {
        lock.lock();
        try {
            entries.add(entry);
            changed.signalAll();
            return this;
        } finally {
            lock.unlock();
        }
    }

    FakeEngine exit(int code) {
        return become(new ContainerStatus.Exited(START, clock, code, false, ""));
    }

    FakeEngine become(ContainerStatus next) {
        lock.lock();
        try {
            status = next;
            changed.signalAll();
            return this;
        } finally {
            lock.unlock();
        }
    }

    /** The engine rotates its log: the first entries are no longer there. */
    void forget(int count) {
        lock.lock();
        try {
            forgotten = count;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Streams end behind entries for whose running number this says so; quietly = without an error. */
    void breakStreams(IntPredicate after, boolean quietly) {
        breakAfter = after;
        breakQuietly = quietly;
    }

    @Override
    public ContainerStatus inspect(String name) {
        lock.lock();
        try {
            return status;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void logs(String name, @Nullable Instant since, boolean follow, Consumer<LogEntry> sink) {
        streams.incrementAndGet();
        int next = 0;
        while (true) {
            LogEntry entry = await(next, follow);
            if (entry == null) {
                return;
            }
            next++;
            if (next <= forgotten || (since != null && entry.at().isBefore(since))) {
                continue;
            }
            sink.accept(entry);
            if (breakAfter.test((int) delivered.incrementAndGet())) {
                if (breakQuietly && inspect(name) instanceof ContainerStatus.Running) {
                    return;
                }
                throw new EngineException.Unreachable("stream broke", null);
            }
        }
    }

    private @Nullable LogEntry await(int index, boolean follow) {
        lock.lock();
        try {
            while (index >= entries.size()) {
                if (status instanceof ContainerStatus.Absent) {
                    throw new EngineException.NotFound("no such container");
                }
                if (!follow || !(status instanceof ContainerStatus.Running)) {
                    return null;
                }
                changed.await();
            }
            return entries.get(index);
        } catch (InterruptedException e) {
            throw new EngineException.Unreachable("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public EngineInfo info() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<String> imageIds() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<ImageInfo> image(String image) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void pull(String image, @Nullable RegistryAuth auth, Consumer<PullProgress> progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void prepare() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void create(ContainerSpec spec) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void start(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void arm(String name, long number, @Nullable Duration left) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void signal(String name, String signal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<ContainerSummary> list(Map<String, String> labels) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ExecStream exec(String name, ExecSpec spec) {
        throw new UnsupportedOperationException();
    }
}
