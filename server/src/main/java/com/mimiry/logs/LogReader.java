package com.mimiry.logs;

import com.mimiry.platform.Database;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

/** Reads stored lines; unpacks only the chunks that are asked for. */
final class LogReader {
    private static final int CHUNKS_MIN = 2;
    private static final int CHUNKS_MAX = 32;

    private final Database database;
    private final LogStore store;

    LogReader(Database database, LogStore store) {
        this.database = database;
        this.store = store;
    }

    /** The oldest lines after a time, at most {@code bytesMax} of them, but at least one if there is one. */
    byte[] after(UUID sessionId, long sinceNs, int bytesMax) {
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        long from = sinceNs;
        for (int limit = CHUNKS_MIN; ; limit = more(limit)) {
            List<LogStore.Chunk> chunks = chunksAfter(sessionId, from, limit);
            for (LogStore.Chunk chunk : chunks) {
                byte[] raw = Gzip.unpack(chunk.content());
                int start = RawLines.firstAfter(raw, from);
                int end = RawLines.fitting(raw, start, bytesMax - page.size());
                page.write(raw, start, end - start);
                if (end < raw.length) {
                    if (page.size() == 0) {
                        page.write(raw, start, RawLines.firstLineEnd(raw, start) - start);
                    }
                    return page.toByteArray();
                }
                from = chunk.lastNs();
            }
            if (chunks.size() < limit) {
                return page.toByteArray();
            }
        }
    }

    private List<LogStore.Chunk> chunksAfter(UUID sessionId, long ns, int limit) {
        return database.read(tx -> store.chunksAfter(tx, sessionId, ns, limit));
    }

    /** The newest lines, at most so many and so large; older ones are left out. */
    byte[] newest(UUID sessionId, int linesMax, int bytesMax) {
        Deque<byte[]> pieces = new ArrayDeque<>();
        long lines = 0;
        long bytes = 0;
        long before = Long.MAX_VALUE;
        for (int limit = CHUNKS_MIN; lines < linesMax && bytes < bytesMax; limit = more(limit)) {
            List<LogStore.Chunk> chunks = chunksBefore(sessionId, before, limit);
            for (LogStore.Chunk chunk : chunks) {
                byte[] raw = Gzip.unpack(chunk.content());
                pieces.addFirst(raw);
                lines += RawLines.count(raw);
                bytes += raw.length;
                before = chunk.seq();
                if (lines >= linesMax || bytes >= bytesMax) {
                    break;
                }
            }
            if (chunks.size() < limit) {
                break;
            }
        }
        byte[] all = joined(pieces);
        int start = Math.max(RawLines.newest(all, linesMax), RawLines.within(all, bytesMax));
        return start == 0 ? all : java.util.Arrays.copyOfRange(all, start, all.length);
    }

    private List<LogStore.Chunk> chunksBefore(UUID sessionId, long seq, int limit) {
        return database.read(tx -> store.chunksBefore(tx, sessionId, seq, limit));
    }

    private static byte[] joined(Iterable<byte[]> pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        pieces.forEach(all::writeBytes);
        return all.toByteArray();
    }

    private static int more(int limit) {
        return Math.min(limit * 4, CHUNKS_MAX);
    }
}
