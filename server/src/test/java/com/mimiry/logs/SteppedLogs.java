package com.mimiry.logs;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Session logs that capture when they are asked to, on the caller's thread, instead of in threads of their own: the same
 * claims, buffers and positions, one slice at a time.
 */
public final class SteppedLogs extends SessionLogs {
    private static final LogsFixture.Config CONFIG = new LogsFixture.Config(
            1L << 30, Duration.ofDays(30), Duration.ofDays(1), Duration.ofDays(1), Duration.ZERO, Duration.ofDays(1));

    /** Its claims hold until the next one. */
    private static final UUID UNANNOUNCED = new UUID(0, 0);

    private final Database database;
    private final Engines engines;
    private final Clock clock;
    private final Ids ids;
    private final LogStore store = new LogStore();
    private final LogAppender appender;
    private final Set<UUID> drained = new HashSet<>();
    private final Map<UUID, Integer> entriesSeen = new HashMap<>();

    public SteppedLogs(Database database, Engines engines, Clock clock, Ids ids) {
        super(database, engines, clock, ids, CONFIG, new SimpleMeterRegistry());
        this.database = database;
        this.engines = engines;
        this.clock = clock;
        this.ids = ids;
        this.appender = new LogAppender(
                database,
                store,
                clock,
                CONFIG.maxBytesPerSession(),
                new LogSignals(),
                new LogMeters(new SimpleMeterRegistry()));
    }

    @Override
    public void ensureCaptured(UUID sessionId, EngineAddress address, String container, String controlToken) {
        if (drained.contains(sessionId)) {
            return;
        }
        ContainerEngine engine = engines.connect(address);
        try {
            boolean over = switch (engine.inspect(container)) {
                case ContainerStatus.Created _, ContainerStatus.Running _ -> false;
                case ContainerStatus.Absent _, ContainerStatus.Exited _ -> true;
            };
            int[] entries = {0};
            read(engine, container, null, _ -> entries[0]++);
            if (over || entries[0] != entriesSeen.getOrDefault(sessionId, 0)) {
                capture(sessionId, engine, container, controlToken, over);
                entriesSeen.put(sessionId, entries[0]);
            }
        } catch (EngineException.Unreachable | LeaseLost _) {
            // The next step comes here again.
            entriesSeen.remove(sessionId);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void read(
            ContainerEngine engine,
            String container,
            java.time.@org.jspecify.annotations.Nullable Instant since,
            java.util.function.Consumer<ContainerEngine.LogEntry> sink) {
        try {
            engine.logs(container, since, false, sink);
        } catch (EngineException.NotFound _) {
            // A container that is gone has no output.
        }
    }

    private void capture(UUID sessionId, ContainerEngine engine, String container, String token, boolean over)
            throws InterruptedException {
        Claim claim = database.inTransaction(tx -> {
            store.ensureHead(tx, sessionId, clock.instant());
            return store.claim(tx, sessionId, container, ids.next(), UNANNOUNCED, clock.instant());
        });
        if (!(claim instanceof Claim.Granted granted)) {
            drained.add(sessionId);
            return;
        }
        LogBuffer buffer = new LogBuffer(granted, token, Duration.ZERO);
        read(engine, container, buffer.begin(), buffer::accept);
        if (over) {
            buffer.end();
        } else {
            buffer.close();
        }
        for (Batch batch = buffer.take(); batch != null; batch = buffer.take()) {
            appender.append(sessionId, granted.token(), batch);
            if (batch.drained()) {
                drained.add(sessionId);
            }
        }
    }
}
