package com.mimiry.logs;

import com.mimiry.api.ApiException;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.Engines;
import com.mimiry.containers.InitLine;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The output of sessions: captured while they run, stored, readable afterwards. Lines have strictly increasing timestamps
 * within a session, and are only ever added behind those that have been readable before.
 */
@Singleton
public class SessionLogs implements AutoCloseable {
    private static final int ANSWER_BYTES_MAX = 16 << 20;
    private static final int FOLLOW_BYTES_MAX = 1 << 20;
    private static final int TAIL_MAX = 10_000;
    private static final Duration FOLLOW_POLL = Duration.ofSeconds(1);

    private final Database database;
    private final LogStore store = new LogStore();
    private final LogSignals signals = new LogSignals();
    private final LogReader reader;
    private final LogAppender appender;
    private final Captures captures;
    private final LogRetention retention;

    SessionLogs(Database database, Engines engines, Clock clock, Ids ids, LogConfig config, MeterRegistry registry) {
        LogMeters meters = new LogMeters(registry);
        this.database = database;
        this.reader = new LogReader(database, store);
        this.appender = new LogAppender(database, store, clock, config.maxBytesPerSession(), signals, meters);
        this.captures = new Captures(
                new Capture.Tools(
                        ids.next(),
                        new LooseTokens(),
                        database,
                        store,
                        appender,
                        engines,
                        clock,
                        ids,
                        config.lease(),
                        config.flushInterval()),
                config.unaskedTimeout());
        this.retention = new LogRetention(database, store, clock, config);
        meters.activeCaptures(captures::active);
    }

    void stop(@Observes ShutdownEvent event) {
        close();
    }

    /** Stores what has been read and lets other replicas go on. */
    @Override
    public void close() {
        captures.close();
        retention.close();
    }

    /**
     * Makes sure that some replica captures this container's output, from where the stored log ends. Cheap to repeat;
     * returns at once. Call it for containers that have been created: one that the engine does not have is taken for
     * one that is gone. Capture ends by itself when nobody has called this for some minutes.
     */
    public void ensureCaptured(UUID sessionId, EngineAddress engine, String container, String controlToken) {
        captures.ensure(new Capture.Target(sessionId, engine, container, controlToken));
    }

    /** How many sessions' output this replica captures, or would if another did not; cheap. */
    public int followed() {
        return captures.known();
    }

    /** Tells of every session that reported something, or whose output came to its end, once that is stored; one listener. */
    public void whenReported(Consumer<UUID> listener) {
        signals.whenReported(listener);
    }

    /** What has been captured; read it before deciding on an end state. */
    public Progress progress(UUID sessionId) {
        return database.read(tx -> store.status(tx, sessionId))
                .map(status -> new Progress(status.drained(), status.readableAt(), Reports.read(status.reports())))
                .orElseGet(() -> new Progress(false, null, List.of()));
    }

    /**
     * Adds a marker line of ours, {@code [mimiry] text}, behind what is stored.
     *
     * @param once the same key adds its line only once
     */
    public void mark(UUID sessionId, String once, String text, Instant now) {
        appender.mark(sessionId, once, text, now);
    }

    /**
     * Lines after {@code since} (exclusive, oldest first), or the last {@code tail}. At most 16 MiB: without {@code since}
     * the oldest lines are left out; with it the newest, since whoever pages by time gets them with the next call, and
     * would otherwise never see what was left out.
     *
     * @param since RFC 3339 of any precision; null or blank = from the start
     * @param tail at most this many of the newest, 10,000 at most; null = all; with {@code since} it is ignored
     * @throws ApiException a 422 that names the field
     */
    public Lines read(UUID sessionId, @Nullable String since, @Nullable Integer tail, boolean timestamps) {
        if (tail != null && tail < 0) {
            throw ApiException.invalidField("tail", "tail must not be negative.");
        }
        int linesMax = tail == null ? Integer.MAX_VALUE : Math.min(tail, TAIL_MAX);
        byte[] raw = since != null && !since.isBlank()
                ? reader.after(sessionId, LogTime.parseSince(since), ANSWER_BYTES_MAX)
                : reader.newest(sessionId, linesMax, ANSWER_BYTES_MAX);
        if (raw.length == 0) {
            return new Lines("", null);
        }
        String text = new String(timestamps ? raw : RawLines.withoutTimes(raw), StandardCharsets.UTF_8);
        return new Lines(text, LogTime.format(RawLines.lastNs(raw)));
    }

    /**
     * Hands on every line after {@code since} as it becomes readable, on the calling thread, until the log is complete or
     * {@code ended} says so; what is readable at that moment is handed on before. An interrupt ends it, too.
     *
     * @param since as for {@link #read}
     * @param ended asked at least once a second
     */
    public void follow(UUID sessionId, @Nullable String since, Consumer<Line> sink, BooleanSupplier ended) {
        long from = since == null || since.isBlank() ? -1 : LogTime.parseSince(since);
        try (LogSignals.Watch watch = signals.watch(sessionId)) {
            while (true) {
                boolean last = ended.getAsBoolean() || progress(sessionId).drained();
                byte[] page = reader.after(sessionId, from, FOLLOW_BYTES_MAX);
                if (page.length > 0) {
                    RawLines.forEach(page, sink);
                    from = RawLines.lastNs(page);
                } else if (last) {
                    return;
                } else {
                    watch.await(FOLLOW_POLL);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * @param drained whether everything that the engine has of an ended container has been stored
     * @param lastReadableAt when the newest line became readable; null where there is none
     * @param reports what the init reported, in order
     */
    public record Progress(boolean drained, @Nullable Instant lastReadableAt, List<InitLine> reports) {}

    /**
     * @param text every line ends with a line feed; "" where there are none
     * @param last timestamp of the last line, null where there are none: the next {@code since}
     */
    public record Lines(String text, @Nullable String last) {}

    /** @param timestamp RFC 3339 UTC with nine decimals */
    public record Line(String timestamp, String text) {}
}
