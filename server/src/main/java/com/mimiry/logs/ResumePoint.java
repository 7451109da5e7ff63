package com.mimiry.logs;

import java.time.Instant;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts entries so that a broken stream can be resumed exactly. The engine can only be asked for "everything stamped since
 * T", its stamps repeat, and the two streams of a container pass each other by some microseconds; so T lies well before
 * the newest entry, and what is known to have come since T is skipped by number. A short log is simply read from
 * its start, since a young machine's clock is the one that gets set back.
 *
 * <p>Not safe for several threads.
 */
final class ResumePoint {
    private static final long SLACK_SECONDS = 30;
    private static final long SHORT_LOG_ENTRIES = 20_000;
    private static final long SHORT_LOG_BYTES = 4L << 20;

    private final TreeMap<Long, Long> countBySecond = new TreeMap<>();
    private @Nullable Long floorSecond;
    private long seen;
    private long seenBytes;
    private long toSkip;
    private long entries;
    private long newestNs;
    private long lastNs;

    ResumePoint(Position position) {
        restore(position);
    }

    private void restore(Position position) {
        countBySecond.clear();
        floorSecond = position.fromNs() == null ? null : LogTime.second(position.fromNs());
        seen = 0;
        seenBytes = 0;
        toSkip = position.skip();
        entries = position.entries();
        newestNs = position.newestNs();
        lastNs = position.newestNs();
    }

    /** A new stream begins; ask the engine for entries since the answer. */
    @Nullable Instant begin() {
        Position position = position();
        restore(position);
        return position.fromNs() == null ? null : LogTime.instant(position.fromNs());
    }

    /**
     * Takes note of the stream's next entry.
     *
     * @return false if it had been consumed before
     */
    boolean isNew(long ns, int bytes) {
        count(ns, bytes);
        if (toSkip > 0 && ns <= newestNs) {
            toSkip--;
            return false;
        }
        // An entry newer than all that were consumed is new, even if the engine has thrown some of those away.
        toSkip = 0;
        newestNs = Math.max(newestNs, ns);
        lastNs = ns;
        entries++;
        advance();
        return true;
    }

    private void count(long ns, int bytes) {
        seenBytes += bytes;
        long second = LogTime.second(ns);
        if (floorSecond == null || second >= floorSecond) {
            countBySecond.merge(second, 1L, Long::sum);
            seen++;
        }
    }

    private void advance() {
        long candidate = LogTime.second(lastNs) - 2 * SLACK_SECONDS;
        boolean ready =
                floorSecond == null ? seen > SHORT_LOG_ENTRIES || seenBytes > SHORT_LOG_BYTES : candidate > floorSecond;
        if (!ready || candidate < 0) {
            return;
        }
        while (!countBySecond.isEmpty() && countBySecond.firstKey() < candidate) {
            seen -= countBySecond.pollFirstEntry().getValue();
        }
        floorSecond = candidate;
    }

    Position position() {
        Long floor = floorSecond;
        boolean clockWasSetBack = floor != null && LogTime.second(lastNs) - SLACK_SECONDS < floor;
        if (floor == null || clockWasSetBack) {
            long skip = clockWasSetBack ? entries : seen + toSkip;
            return new Position(null, skip, entries, newestNs);
        }
        return new Position(floor * 1_000_000_000L, seen + toSkip, entries, newestNs);
    }
}
