package com.mimiry.sessions;

import static com.mimiry.sessions.SessionReadStore.time;

import com.mimiry.catalog.Candidate;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Holdings.Owner;
import com.mimiry.providers.Provider.Machine;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

    /** Its outcome is decided; from here on nobody may adopt it. */
    void givenUp(Transaction tx, UUID id, Instant now, Spends spends, String why) {
        tx.handle()
                .createUpdate("""
                        update placement_attempt
                        set destroy_asked_at = :now, absent_since = null, absent_seen_at = null, spends = :spends, message = :why
                        where id = :id
                        """)
                .bind("id", id)
                .bind("spends", spends.text())
                .bind("now", time(now))
                .bind("why", why)
                .execute();
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

    void silence(Transaction tx, UUID id, Attempt.@Nullable Silence silence) {
        tx.handle()
                .createUpdate("update placement_attempt set silent_since = :since, silence_told = :told where id = :id")
                .bind("id", id)
                .bind("since", silence == null ? null : time(silence.since()))
                .bind("told", silence != null && silence.told())
                .execute();
    }

    /** The container was not running at {@code at}, and is told to start. */
    void startTried(Transaction tx, UUID id, Instant at) {
        tx.handle()
                .createUpdate("update placement_attempt set start_tried_at = :at where id = :id")
                .bind("id", id)
                .bind("at", time(at))
                .execute();
    }

    /** When the container was last told to start; empty where an earlier version told it. */
    Optional<Instant> startTriedAt(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery(
                        "select start_tried_at from placement_attempt where id = :id and start_tried_at is not null")
                .bind("id", id)
                .map((row, _) ->
                        row.getObject("start_tried_at", OffsetDateTime.class).toInstant())
                .findOne();
    }

    /**
     * Writes down what the init is about to be told about money.
     *
     * @param seen the order before, as it was read; null = there was none
     * @param order armed where the container is only made with it
     * @return false where somebody else has given one since
     */
    boolean moneyOrder(Transaction tx, UUID id, @Nullable MoneyOrder seen, MoneyOrder order) {
        return tx.handle()
                        .createUpdate("""
                        update placement_attempt
                        set money_order = :number, money_end = :at, money_reason = :reason, money_armed = :armed
                        where id = :id and money_order = :seen
                        """)
                        .bind("id", id)
                        .bind("seen", seen == null ? 0 : seen.number())
                        .bind("number", order.number())
                        .bind(
                                "at",
                                order.end().at() == null
                                        ? null
                                        : time(order.end().at()))
                        .bind(
                                "reason",
                                order.end().reason() == null
                                        ? null
                                        : order.end().reason().text())
                        .bind("armed", order.armed())
                        .execute()
                == 1;
    }

    /** Whether an order has reached the init, and in time; a newer one may have been given since. */
    void moneyArmed(Transaction tx, UUID id, long number, boolean armed) {
        tx.handle()
                .createUpdate("""
                        update placement_attempt set money_armed = :armed where id = :id and money_order = :number
                        """)
                .bind("id", id)
                .bind("number", number)
                .bind("armed", armed)
                .execute();
    }

    void image(Transaction tx, UUID id, String imageId) {
        tx.handle()
                .createUpdate("update placement_attempt set image_id = :image where id = :id")
                .bind("id", id)
                .bind("image", imageId)
                .execute();
    }

    void gone(Transaction tx, UUID id, Instant now) {
        tx.handle()
                .createUpdate("update placement_attempt set status = 'gone', gone_at = :now where id = :id")
                .bind("id", id)
                .bind("now", time(now))
                .execute();
    }

    void spends(Transaction tx, UUID id, Spends spends) {
        tx.handle()
                .createUpdate("update placement_attempt set spends = :spends where id = :id")
                .bind("id", id)
                .bind("spends", spends.text())
                .execute();
    }

    /** @param key {@code provider|location|reference} */
    record Tried(String key, String provider, Spends spends, Money hourlyRate) {}

    /** What has been tried for a session. */
    List<Tried> tried(Transaction tx, UUID sessionId) {
        return tx.handle()
                .createQuery("""
                        select provider || '|' || location || '|' || reference as key, provider, spends, hourly_rate_micros
                        from placement_attempt where session_id = :session order by ordinal limit 1000
                        """)
                .bind("session", sessionId)
                .map((row, _) -> new Tried(
                        row.getString("key"),
                        row.getString("provider"),
                        Spends.valueOf(row.getString("spends").toUpperCase(Locale.ROOT)),
                        new Money(row.getLong("hourly_rate_micros"))))
                .list();
    }

    /** An attempt as the owner of a machine. */
    record Owned(
            UUID id,
            UUID sessionId,
            Attempt.Status status,
            String location,
            Instant createdAt,
            boolean ending,
            String sessionState) {
        /** Whether its machine may be there. */
        boolean isLive() {
            return status.mayExist();
        }

        Owner owner() {
            return new Owner("session", sessionId, sessionState);
        }
    }

    /** All whose machine may exist at a provider, by our rows, and those with these tags, whatever became of them. */
    List<Owned> owned(Transaction tx, String provider, Collection<UUID> tags) {
        return tx.handle()
                .createQuery("""
                        select a.id, a.session_id, a.status, a.location, a.created_at,
                            a.destroy_asked_at is not null as ending, s.state
                        from placement_attempt a join session s on s.id = a.session_id
                        where a.id in (
                            select id from placement_attempt
                            where provider = :provider and status in ('intended', 'unknown', 'launched')
                            union select unnest(:tags))
                        limit 200000
                        """)
                .bind("provider", provider)
                .bindArray("tags", UUID.class, tags.toArray())
                .map((row, _) -> new Owned(
                        row.getObject("id", UUID.class),
                        row.getObject("session_id", UUID.class),
                        Attempt.Status.of(row.getString("status")),
                        row.getString("location"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant(),
                        row.getBoolean("ending"),
                        row.getString("state")))
                .list();
    }
}
