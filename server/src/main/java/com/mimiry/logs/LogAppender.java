package com.mimiry.logs;

import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import java.io.ByteArrayOutputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Writes lines behind those that are stored. One short transaction each, in which the log's row is locked. */
final class LogAppender {
    /** Chunks smaller than this are filled up before the next one begins, so that slow logs do not become many rows. */
    private static final int SMALL_CHUNK_BYTES = 48 << 10;

    private final Database database;
    private final LogStore store;
    private final Clock clock;
    private final long quotaBytes;
    private final LogSignals signals;
    private final LogMeters meters;

    LogAppender(Database database, LogStore store, Clock clock, long quotaBytes, LogSignals signals, LogMeters meters) {
        this.database = database;
        this.store = store;
        this.clock = clock;
        this.quotaBytes = quotaBytes;
        this.signals = signals;
        this.meters = meters;
    }

    /**
     * Stores a batch and the position behind it, both or neither.
     *
     * @throws LeaseLost when another capture has taken over; nothing has been stored then
     */
    void append(UUID sessionId, UUID token, Batch batch) {
        Rendering stored = database.inTransaction(tx -> {
            Head head = store.lock(tx, sessionId, token).orElseThrow(() -> new LeaseLost(sessionId));
            Rendering rendering = new Rendering(head, quotaBytes).addAll(batch.items());
            if (batch.drained()) {
                rendering.end();
            }
            write(tx, sessionId, head, rendering);
            store.putPosition(tx, sessionId, batch);
            return rendering;
        });
        meters.stored(stored);
        signals.changed(sessionId);
        if (batch.drained() || !stored.reports().isEmpty()) {
            signals.reported(sessionId);
        }
    }

    void mark(UUID sessionId, String once, String text, Instant now) {
        boolean added = database.inTransaction(tx -> {
            store.ensureHead(tx, sessionId, now);
            if (!store.addMark(tx, sessionId, once)) {
                return false;
            }
            Head head = store.lock(tx, sessionId, null).orElseThrow();
            Item marker = new Item.Marker(LogTime.nanos(now), text);
            write(tx, sessionId, head, new Rendering(head, quotaBytes).addAll(List.of(marker)));
            return true;
        });
        if (added) {
            signals.changed(sessionId);
        }
    }

    private void write(Transaction tx, UUID sessionId, Head head, Rendering rendering) {
        byte[] added = rendering.bytes();
        long chunks = head.chunks();
        int lastChunkBytes = head.lastChunkBytes();
        if (added.length > 0) {
            boolean fillUp = chunks > 0 && lastChunkBytes + added.length <= SMALL_CHUNK_BYTES;
            byte[] raw = fillUp ? joined(tx, sessionId, chunks - 1, added) : added;
            chunks = fillUp ? chunks : chunks + 1;
            lastChunkBytes = raw.length;
            store.putChunk(tx, sessionId, new LogStore.Chunk(chunks - 1, rendering.lastNs(), Gzip.pack(raw)));
        }
        Head after = new Head(
                chunks,
                head.bytes() + added.length,
                lastChunkBytes,
                rendering.lastNs(),
                head.droppedLines() + rendering.droppedLines(),
                head.droppedBytes() + rendering.droppedBytes(),
                head.reports());
        store.putHead(tx, sessionId, after, Reports.write(rendering.reports()), clock.instant());
    }

    private byte[] joined(Transaction tx, UUID sessionId, long seq, byte[] added) {
        ByteArrayOutputStream both = new ByteArrayOutputStream(SMALL_CHUNK_BYTES);
        both.writeBytes(
                Gzip.unpack(store.chunk(tx, sessionId, seq).orElseThrow().content()));
        both.writeBytes(added);
        return both.toByteArray();
    }
}
