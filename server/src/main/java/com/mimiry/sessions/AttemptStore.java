package com.mimiry.sessions;

import static com.mimiry.sessions.SessionReadStore.time;

import com.mimiry.catalog.Candidate;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Provider.Machine;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes placement attempts; a session's version, checked in the same transaction, guards them. */
final class AttemptStore {
    void intend(Transaction tx, UUID id, UUID sessionId, int ordinal, Candidate candidate, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into placement_attempt (id, session_id, ordinal, provider, location, reference, gpu_model,
                            hourly_rate_micros, hourly_cost_micros, status, created_at)
                        values (:id, :session, :ordinal, :provider, :location, :reference, :gpu, :rate, :cost, 'intended', :now)
                        """)
                .bind("id", id)
                .bind("session", sessionId)
                .bind("ordinal", ordinal)
                .bind("provider", candidate.offer().provider())
                .bind("location", candidate.offer().location())
                .bind("reference", candidate.offer().reference())
                .bind("gpu", candidate.gpu().name())
                .bind("rate", candidate.hourlyRate().micros())
                .bind("cost", candidate.hourlyCost().micros())
                .bind("now", time(now))
                .execute();
    }

    void launched(Transaction tx, UUID id, Machine machine, Instant now) {
        tx.handle()
                .createUpdate("""
                        update placement_attempt
                        set status = 'launched', launched_at = :now, engine = :engine, gpu_ids = :gpus,
                            memory_bytes = :memory, cpus = :cpus, pids_max = :pids
                        where id = :id
                        """)
                .bind("id", id)
                .bind("now", time(now))
                .bind("engine", machine.engine().uri().toString())
                .bindArray("gpus", String.class, machine.gpuIds().toArray())
                .bind("memory", machine.limits().memoryBytes())
                .bind("cpus", machine.limits().cpus())
                .bind("pids", machine.limits().pidsMax())
                .execute();
    }

    /** What became of a launch; one that is known to have succeeded stays so. */
    void status(Transaction tx, UUID id, Attempt.Status status, @Nullable String message) {
        tx.handle()
                .createUpdate("""
                        update placement_attempt set status = :status, message = coalesce(:message, message)
                        where id = :id and status in ('intended', 'unknown')
                        """)
                .bind("id", id)
                .bind("status", status.text())
                .bind("message", message)
                .execute();
    }

    void destroyAsked(Transaction tx, UUID id, Instant now) {
        tx.handle().createUpdate("""
                        update placement_attempt set destroy_asked_at = :now, absent_since = null where id = :id
                        """).bind("id", id).bind("now", time(now)).execute();
    }

    void absentSince(Transaction tx, UUID id, @Nullable Instant since, @Nullable Instant seenAt) {
        tx.handle()
                .createUpdate(
                        "update placement_attempt set absent_since = :since, absent_seen_at = :seen where id = :id")
                .bind("id", id)
                .bind("since", since == null ? null : time(since))
                .bind("seen", seenAt == null ? null : time(seenAt))
                .execute();
    }

    void gone(Transaction tx, UUID id, Instant now) {
        tx.handle()
                .createUpdate("update placement_attempt set status = 'gone', gone_at = :now where id = :id")
                .bind("id", id)
                .bind("now", time(now))
                .execute();
    }

    /** What has been tried for a session: {@code provider|location|reference}. */
    List<String> tried(Transaction tx, UUID sessionId) {
        return tx.handle()
                .createQuery("""
                        select provider || '|' || location || '|' || reference from placement_attempt
                        where session_id = :session order by ordinal limit 1000
                        """)
                .bind("session", sessionId)
                .mapTo(String.class)
                .list();
    }

    /** Tags of all machines that may exist at a provider, by our rows. */
    List<UUID> liveTags(Transaction tx, String provider) {
        return tx.handle()
                .createQuery("""
                        select id from placement_attempt
                        where provider = :provider and status in ('intended', 'unknown', 'launched') limit 100000
                        """)
                .bind("provider", provider)
                .mapTo(UUID.class)
                .list();
    }
}
