package com.mimiry.providers.docker;

import com.mimiry.platform.Transaction;
import com.mimiry.providers.docker.HostSight.Silence;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/** How each replica finds each host. */
final class HostSightStore {
    /** Who has written nothing for so long is no replica any more. */
    static final Duration TOLD_FOR = Duration.ofMinutes(1);

    private static final int SIGHTS_MAX = 10_000;

    /** In place of what this replica wrote before. */
    void write(Transaction tx, String replica, Collection<HostSight> sights, Instant now) {
        tx.handle()
                .createUpdate("delete from docker_host_sight where replica = :replica or updated_at < :before")
                .bind("replica", replica)
                .bind("before", now.minus(TOLD_FOR))
                .execute();
        if (sights.isEmpty()) {
            return;
        }
        PreparedBatch batch = tx.handle().prepareBatch("""
                insert into docker_host_sight (host, replica, uri, configured, fingerprint, gpus, simulated, silent_since, silence, updated_at)
                values (:host, :replica, :uri, :configured, :fingerprint, :gpus, :simulated, :since, :words, :now)
                """);
        for (HostSight sight : sights) {
            Silence silence = sight.silence();
            batch.bind("host", sight.host())
                    .bind("replica", replica)
                    .bind("uri", sight.uri())
                    .bind("configured", sight.configured())
                    .bind("fingerprint", sight.fingerprint())
                    .bind("gpus", sight.gpus())
                    .bind("simulated", sight.simulated())
                    .bind("since", silence == null ? null : silence.since())
                    .bind("words", silence == null ? null : silence.words())
                    .bind("now", now)
                    .add();
        }
        batch.execute();
    }

    /** By the host's name, as all replicas that are alive find it. */
    Map<String, HostSight> all(Transaction tx, Instant now) {
        return byHost(tx.handle().createQuery("""
                        select host, uri, configured, fingerprint, gpus, simulated, silent_since, silence from docker_host_sight
                        where updated_at > :since order by host, replica limit :max
                        """).bind("since", now.minus(TOLD_FOR)));
    }

    /** By the host's name, what a replica wrote last, however long ago that is. */
    Map<String, HostSight> of(Transaction tx, String replica) {
        return byHost(tx.handle().createQuery("""
                        select host, uri, configured, fingerprint, gpus, simulated, silent_since, silence from docker_host_sight
                        where replica = :replica order by host limit :max
                        """).bind("replica", replica));
    }

    private static Map<String, HostSight> byHost(Query query) {
        Map<String, HostSight> all = new TreeMap<>();
        query.bind("max", SIGHTS_MAX)
                .map((row, _) -> sight(row))
                .forEach(sight -> all.merge(sight.host(), sight, HostSight::and));
        return all;
    }

    void forget(Transaction tx, String host) {
        tx.handle()
                .createUpdate("delete from docker_host_sight where host = :host")
                .bind("host", host)
                .execute();
    }

    private static HostSight sight(ResultSet row) throws SQLException {
        OffsetDateTime since = row.getObject("silent_since", OffsetDateTime.class);
        return new HostSight(
                row.getString("host"),
                row.getString("uri"),
                row.getBoolean("configured"),
                row.getString("fingerprint"),
                row.getString("gpus"),
                row.getBoolean("simulated"),
                since == null ? null : new Silence(since.toInstant(), row.getString("silence")));
    }
}
