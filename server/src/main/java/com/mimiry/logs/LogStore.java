package com.mimiry.logs;

import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All SQL of session logs. Leases are timed by the database's clock, the only one that all replicas share. */
final class LogStore {
    private static final double NANOS_PER_SECOND = 1e9;

    /** One row's stored lines. */
    @SuppressWarnings("ArrayRecordComponent")
    record Chunk(long seq, long lastNs, byte[] content) {}

    record Status(boolean drained, @Nullable Instant readableAt, String reports) {}

    void ensureHead(Transaction tx, UUID sessionId, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into session_log (session_id, touched_at) values (:id, :now)
                        on conflict (session_id) do nothing
                        """)
                .bind("id", sessionId)
                .bind("now", utc(now))
                .execute();
    }

    /** Lets a replica's claims hold from now on; one that is known already renews by itself. */
    void announce(Transaction tx, UUID holder, Duration lease) {
        tx.handle()
                .createUpdate("""
                        insert into log_capturer (id, lease_until) values (:id, clock_timestamp() + make_interval(secs => :lease))
                        on conflict (id) do nothing
                        """)
                .bind("id", holder)
                .bind("lease", lease.toNanos() / NANOS_PER_SECOND)
                .execute();
    }

    /**
     * Takes the right to capture a container, if nobody has it. Another container than before begins a new engine log,
     * whose lines go behind the old one's.
     *
     * @param holder the replica; whoever was not announced holds it until the next one comes
     */
    Claim claim(Transaction tx, UUID sessionId, String container, UUID token, UUID holder, Instant now) {
        record Row(boolean same, boolean drained, double remaining, Claim.Granted granted) {}
        Row row = tx.handle()
                .createQuery("""
                        select container is not distinct from :container as same, drained,
                            coalesce((select extract(epoch from c.lease_until - clock_timestamp()) from log_capturer c
                                where c.id = lease_holder), 0)::float8 as remaining,
                            resume_from_ns, resume_skip, entries, newest_ns, partial_stdout, partial_stderr
                        from session_log where session_id = :id for update
                        """)
                .bind("id", sessionId)
                .bind("container", container)
                .map((rs, _) -> new Row(
                        rs.getBoolean("same"), rs.getBoolean("drained"), rs.getDouble("remaining"), granted(rs, token)))
                .one();
        if (row.same() && row.drained()) {
            return new Claim.Drained();
        }
        if (row.remaining() > 0) {
            return new Claim.Held(Duration.ofNanos((long) (row.remaining() * NANOS_PER_SECOND)));
        }
        if (!row.same()) {
            restart(tx, sessionId, container);
        }
        tx.handle()
                .createUpdate("""
                        update session_log set lease_token = :token, lease_holder = :holder, touched_at = :now
                        where session_id = :id
                        """)
                .bind("id", sessionId)
                .bind("token", token)
                .bind("holder", holder)
                .bind("now", utc(now))
                .execute();
        return row.same() ? row.granted() : new Claim.Granted(token, Position.START, null, null);
    }

    private static Claim.Granted granted(ResultSet rs, UUID token) throws SQLException {
        long from = rs.getLong("resume_from_ns");
        Long fromNs = rs.wasNull() ? null : from;
        return new Claim.Granted(
                token,
                new Position(fromNs, rs.getLong("resume_skip"), rs.getLong("entries"), rs.getLong("newest_ns")),
                rs.getBytes("partial_stdout"),
                rs.getBytes("partial_stderr"));
    }

    private static void restart(Transaction tx, UUID sessionId, String container) {
        tx.handle()
                .createUpdate("""
                        update session_log
                        set container = :container, drained = false, resume_from_ns = null, resume_skip = 0, entries = 0,
                            newest_ns = 0, partial_stdout = null, partial_stderr = null
                        where session_id = :id
                        """)
                .bind("id", sessionId)
                .bind("container", container)
                .execute();
    }

    /** @return false where it had run out: what the replica had, others may have taken */
    boolean renew(Transaction tx, UUID holder, Duration lease) {
        boolean unbroken = tx.handle()
                        .createUpdate("""
                        update log_capturer set lease_until = clock_timestamp() + make_interval(secs => :lease)
                        where id = :id and lease_until >= clock_timestamp()
                        """)
                        .bind("id", holder)
                        .bind("lease", lease.toNanos() / NANOS_PER_SECOND)
                        .execute()
                == 1;
        if (!unbroken) {
            tx.handle()
                    .createUpdate("delete from log_capturer where id = :id")
                    .bind("id", holder)
                    .execute();
            announce(tx, holder, lease);
        }
        return unbroken;
    }

    /** @return those of the tokens that are still good */
    Set<UUID> held(Transaction tx, Collection<UUID> sessions, Collection<UUID> tokens) {
        return tx.handle()
                .createQuery("""
                        select lease_token from session_log where session_id = any(:sessions) and lease_token = any(:tokens)
                        """)
                .bindArray("sessions", UUID.class, sessions.toArray())
                .bindArray("tokens", UUID.class, tokens.toArray())
                .mapTo(UUID.class)
                .set();
    }

    void release(Transaction tx, UUID sessionId, UUID token, Instant now) {
        tx.handle()
                .createUpdate("""
                        update session_log set lease_token = null, lease_holder = null, touched_at = :now
                        where session_id = :id and lease_token = :token
                        """)
                .bind("id", sessionId)
                .bind("token", token)
                .bind("now", utc(now))
                .execute();
    }

    /**
     * Locks a log for writing.
     *
     * @param token null = whoever captures
     */
    Optional<Head> lock(Transaction tx, UUID sessionId, @Nullable UUID token) {
        return tx.handle()
                .createQuery("""
                        select chunks, bytes, last_chunk_bytes, last_ns, dropped_lines, dropped_bytes,
                            length(reports) - length(replace(reports, E'\\n', '')) as reports
                        from session_log
                        where session_id = :id and (cast(:token as uuid) is null or lease_token = cast(:token as uuid))
                        for update
                        """)
                .bind("id", sessionId)
                .bind("token", token)
                .map((rs, _) -> new Head(
                        rs.getLong("chunks"),
                        rs.getLong("bytes"),
                        rs.getInt("last_chunk_bytes"),
                        rs.getLong("last_ns"),
                        rs.getLong("dropped_lines"),
                        rs.getLong("dropped_bytes"),
                        rs.getInt("reports")))
                .findOne();
    }

    Optional<Chunk> chunk(Transaction tx, UUID sessionId, long seq) {
        return tx.handle()
                .createQuery("""
                        select seq, last_ns, content from session_log_chunk where session_id = :id and seq = :seq
                        """)
                .bind("id", sessionId)
                .bind("seq", seq)
                .map((rs, _) -> chunk(rs))
                .findOne();
    }

    void putChunk(Transaction tx, UUID sessionId, Chunk chunk) {
        tx.handle()
                .createUpdate("""
                        insert into session_log_chunk (session_id, seq, last_ns, content)
                        values (:id, :seq, :lastNs, :content)
                        on conflict (session_id, seq) do update set last_ns = excluded.last_ns, content = excluded.content
                        """)
                .bind("id", sessionId)
                .bind("seq", chunk.seq())
                .bind("lastNs", chunk.lastNs())
                .bind("content", chunk.content())
                .execute();
    }

    void putHead(Transaction tx, UUID sessionId, Head head, String newReports, Instant now) {
        tx.handle()
                .createUpdate("""
                        update session_log
                        set readable_at = case when last_ns = :lastNs then readable_at else :now end,
                            chunks = :chunks, bytes = :bytes, last_chunk_bytes = :lastChunkBytes, last_ns = :lastNs,
                            dropped_lines = :droppedLines, dropped_bytes = :droppedBytes,
                            reports = reports || :reports, touched_at = :now
                        where session_id = :id
                        """)
                .bind("id", sessionId)
                .bind("chunks", head.chunks())
                .bind("bytes", head.bytes())
                .bind("lastChunkBytes", head.lastChunkBytes())
                .bind("lastNs", head.lastNs())
                .bind("droppedLines", head.droppedLines())
                .bind("droppedBytes", head.droppedBytes())
                .bind("reports", newReports)
                .bind("now", utc(now))
                .execute();
    }

    /** A batch that is the rest also gives the lease back. */
    void putPosition(Transaction tx, UUID sessionId, Batch batch) {
        Batch.Remainder stdout = batch.stdout();
        Batch.Remainder stderr = batch.stderr();
        tx.handle()
                .createUpdate("""
                        update session_log
                        set resume_from_ns = :fromNs, resume_skip = :skip, entries = :entries, newest_ns = :newestNs,
                            partial_stdout = case when :stdoutChanged then :stdout else partial_stdout end,
                            partial_stderr = case when :stderrChanged then :stderr else partial_stderr end,
                            drained = :drained,
                            lease_token = case when :drained then null else lease_token end,
                            lease_holder = case when :drained then null else lease_holder end
                        where session_id = :id
                        """)
                .bind("id", sessionId)
                .bind("fromNs", batch.position().fromNs())
                .bind("skip", batch.position().skip())
                .bind("entries", batch.position().entries())
                .bind("newestNs", batch.position().newestNs())
                .bind("stdoutChanged", stdout != null)
                .bind("stdout", stdout == null ? null : stdout.packed())
                .bind("stderrChanged", stderr != null)
                .bind("stderr", stderr == null ? null : stderr.packed())
                .bind("drained", batch.drained())
                .execute();
    }

    /** @return false if there is a marker of that key already */
    boolean addMark(Transaction tx, UUID sessionId, String once) {
        return tx.handle()
                        .createUpdate("""
                        insert into session_log_mark (session_id, once) values (:id, :once) on conflict do nothing
                        """)
                        .bind("id", sessionId)
                        .bind("once", once)
                        .execute()
                == 1;
    }

    Optional<Status> status(Transaction tx, UUID sessionId) {
        return tx.handle()
                .createQuery("select drained, readable_at, reports from session_log where session_id = :id")
                .bind("id", sessionId)
                .map((rs, _) -> {
                    OffsetDateTime readableAt = rs.getObject("readable_at", OffsetDateTime.class);
                    return new Status(
                            rs.getBoolean("drained"),
                            readableAt == null ? null : readableAt.toInstant(),
                            rs.getString("reports"));
                })
                .findOne();
    }

    List<Chunk> chunksAfter(Transaction tx, UUID sessionId, long ns, int limit) {
        return tx.handle()
                .createQuery("""
                        select seq, last_ns, content from session_log_chunk
                        where session_id = :id and last_ns > :ns order by last_ns limit :limit
                        """)
                .bind("id", sessionId)
                .bind("ns", ns)
                .bind("limit", limit)
                .map((rs, _) -> chunk(rs))
                .list();
    }

    /** Newest first. */
    List<Chunk> chunksBefore(Transaction tx, UUID sessionId, long seq, int limit) {
        return tx.handle()
                .createQuery("""
                        select seq, last_ns, content from session_log_chunk
                        where session_id = :id and seq < :seq order by seq desc limit :limit
                        """)
                .bind("id", sessionId)
                .bind("seq", seq)
                .bind("limit", limit)
                .map((rs, _) -> chunk(rs))
                .list();
    }

    private static Chunk chunk(ResultSet rs) throws SQLException {
        return new Chunk(rs.getLong("seq"), rs.getLong("last_ns"), rs.getBytes("content"));
    }

    /** Logs that nobody has captured or written since, or captures. Reads every head: there is one per session, and no haste. */
    List<UUID> untouchedSince(Transaction tx, Instant cutoff, int limit) {
        return tx.handle()
                .createQuery("""
                        select session_id from session_log l where touched_at < :cutoff and not exists (
                            select from log_capturer c where c.id = l.lease_holder and c.lease_until >= clock_timestamp())
                        limit :limit
                        """)
                .bind("cutoff", utc(cutoff))
                .bind("limit", limit)
                .mapTo(UUID.class)
                .list();
    }

    /** @return how many chunks went */
    int deleteChunks(Transaction tx, UUID sessionId, int limit) {
        return tx.handle()
                .createUpdate("""
                        delete from session_log_chunk where session_id = :id and seq in (
                            select seq from session_log_chunk where session_id = :id order by seq limit :limit)
                        """)
                .bind("id", sessionId)
                .bind("limit", limit)
                .execute();
    }

    void deleteHead(Transaction tx, UUID sessionId, Instant cutoff) {
        tx.handle()
                .createUpdate("delete from session_log where session_id = :id and touched_at < :cutoff")
                .bind("id", sessionId)
                .bind("cutoff", utc(cutoff))
                .execute();
    }

    /** Forgets replicas whose leases ran out long ago: each start of one has an id of its own. */
    void forgetCapturers(Transaction tx) {
        tx.handle().execute("delete from log_capturer where lease_until < clock_timestamp() - interval '1 day'");
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
