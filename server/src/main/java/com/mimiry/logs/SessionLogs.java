package com.mimiry.logs;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.InitLine;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The output of sessions: captured while they run, stored, readable afterwards. */
public interface SessionLogs {
    /**
     * Makes sure that some replica captures this container's output, from where the stored log ends. Cheap to repeat;
     * returns at once.
     */
    void ensureCaptured(UUID sessionId, EngineAddress engine, String container, String controlToken);

    /** What has been captured; read it before deciding on an end state. */
    Progress progress(UUID sessionId);

    /**
     * Adds a marker line of ours, in order with the rest.
     *
     * @param once the same key adds its line only once
     */
    void mark(UUID sessionId, String once, String text, Instant now);

    /**
     * Lines after {@code since} (exclusive, oldest first), or the last {@code tail}.
     *
     * @param since null = from the start
     * @param tail at most this many of the newest; null = all; with {@code since} it is ignored
     */
    Lines read(UUID sessionId, @Nullable String since, @Nullable Integer tail, boolean timestamps);

    /**
     * @param drained whether everything that the engine has of an ended container has been stored
     * @param lastReadableAt when the newest line became readable; null where there is none
     * @param reports what the init reported, in order
     */
    record Progress(boolean drained, @Nullable Instant lastReadableAt, List<InitLine> reports) {}

    /** @param last timestamp of the last line, null where there are none: the next {@code since} */
    record Lines(String text, @Nullable String last) {}
}
