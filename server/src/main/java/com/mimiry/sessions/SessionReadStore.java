package com.mimiry.sessions;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Lookup;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Provider.Limits;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads sessions, each with its newest placement attempt. */
final class SessionReadStore {
    private static final String COLUMNS = """
            s.id, s.version, s.org_id, s.user_id, s.name, s.image, s.gpu_request, s.command, s.environment_masked,
            s.auto_terminate, s.ssh_enabled, s.ssh_fingerprint, s.ssh_key_registered, s.max_duration_s, s.max_cost_micros, s.control_token,
            s.ssh_address, s.gpu_model, s.gpu_count, s.provider, s.location, s.hourly_rate_micros, s.quoted, s.state, s.operation,
            s.operation_since, s.end_reason, s.end_requested_at, s.delete_requested_at, s.term_sent_at, s.kill_sent_at,
            s.end_state, s.exit_code, s.error, s.stop_reason, s.created_at, s.updated_at, s.provisioned_at, s.started_at,
            s.started_shown_at, s.ended_at, s.end_shown_at, s.terminated_at,
            a.id as attempt_id, a.ordinal, a.provider as attempt_provider, a.location as attempt_location, a.reference,
            a.gpu_model as attempt_gpu_model, a.hourly_rate_micros as attempt_rate, a.hourly_cost_micros as attempt_cost,
            a.status as attempt_status, a.created_at as attempt_created_at, a.engine, a.gpu_ids, a.memory_bytes, a.cpus,
            a.pids_max, a.destroy_asked_at, a.absent_since, a.money_order, a.money_end, a.money_reason, a.money_armed,
            a.absent_seen_at, a.image_id, a.silent_since, a.silence_told
            """;

    private static final String NEWEST_ATTEMPT = """
            left join lateral (
                select * from placement_attempt p where p.session_id = s.id order by p.ordinal desc limit 1
            ) a on true
            """;

    private static final String FROM = "from session s " + NEWEST_ATTEMPT;

    private static final String STAMPS = """
            select s.id, s.version, (
                select e.seq from session_event e where e.session_id = s.id order by e.seq desc limit 1
            )
            from session s where s.id = any(?)
            """;

    Optional<Session> find(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery("select " + COLUMNS + FROM + "where s.id = :id")
                .bind("id", id)
                .map((row, _) -> session(row))
                .findOne();
    }

    List<Session> findAll(Transaction tx, Collection<UUID> ids) {
        return tx.handle()
                .createQuery("select " + COLUMNS + FROM + "where s.id = any(:ids)")
                .bindArray("ids", UUID.class, ids.toArray())
                .map((row, _) -> session(row))
                .list();
    }

    /** Newest first. */
    List<Session> list(Transaction tx, SessionFilter filter) {
        return tx.handle()
                // The attempts only of those that are shown.
                .createQuery("select " + COLUMNS + "from (select * from session s " + SessionFilter.CONDITIONS + """
                        order by s.created_at desc, s.id desc
                        limit :limit offset :offset
                        ) s
                        """
                        + NEWEST_ATTEMPT + "order by s.created_at desc, s.id desc")
                .bindMap(filter.bindings())
                .bind("limit", filter.limit())
                .bind("offset", filter.offset())
                .map((row, _) -> session(row))
                .list();
    }

    long count(Transaction tx, SessionFilter filter) {
        return tx.handle()
                .createQuery("select count(*) from session s " + SessionFilter.CONDITIONS)
                .bindMap(filter.bindings())
                .mapTo(Long.class)
                .one();
    }

    /** Sessions not yet ended for good that a key may enter: given to it, or owned by one of these users. */
    List<Session> live(Transaction tx, String fingerprint, Collection<UUID> users) {
        return tx.handle()
                .createQuery("select " + COLUMNS + FROM + """
                        where s.terminated_at is null and (s.ssh_fingerprint = :fingerprint or s.user_id = any(:users))
                        order by s.created_at desc
                        limit 1000
                        """)
                .bind("fingerprint", fingerprint)
                .bindArray("users", UUID.class, users.toArray())
                .map((row, _) -> session(row))
                .list();
    }

    /** Sessions of an organization whose machine is not proven gone yet. */
    long countLive(Transaction tx, UUID organizationId) {
        return tx.handle()
                .createQuery("select count(*) from session where org_id = :org and terminated_at is null")
                .bind("org", organizationId)
                .mapTo(Long.class)
                .one();
    }

    /** The sealed secrets of a session. */
    byte[] secrets(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery("select secrets from session where id = :id")
                .bind("id", id)
                .mapTo(byte[].class)
                .one();
    }

    /** The newest events of each session, oldest first; those without any have no entry. */
    Map<EventTail, List<SessionEvent>> events(Transaction tx, Collection<EventTail> asked) {
        return tx.handle()
                .createQuery("""
                        select asked.session_id, asked.tail, e.seq, e.at, e.type, e.state, e.operation, e.message
                        from unnest(:ids, :tails) as asked (session_id, tail)
                        cross join lateral (
                            select * from session_event newest where newest.session_id = asked.session_id
                            order by newest.seq desc limit asked.tail
                        ) e
                        order by asked.session_id, e.seq
                        """)
                .bindArray(
                        "ids",
                        UUID.class,
                        asked.stream().map(EventTail::sessionId).toArray())
                .bindArray(
                        "tails",
                        Integer.class,
                        asked.stream().map(EventTail::tail).toArray())
                .map((row, _) -> Map.entry(
                        new EventTail(row.getObject("session_id", UUID.class), row.getInt("tail")), event(row)))
                .collect(groupingBy(Map.Entry::getKey, mapping(Map.Entry::getValue, toList())));
    }

    /** By which a change shows; absent where there is no such session. */
    Map<UUID, Stamp> stamps(Lookup lookup, Collection<UUID> ids) {
        return lookup
                .byIds(
                        STAMPS,
                        ids,
                        row -> Map.entry(row.getObject(1, UUID.class), new Stamp(row.getLong(2), row.getLong(3))))
                .stream()
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** @param newestEvent 0 = none yet */
    record Stamp(long version, long newestEvent) {}

    /** @param tail how many events, at most */
    record EventTail(UUID sessionId, int tail) {}

    List<SessionEvent> eventsAfter(Transaction tx, UUID sessionId, long seq) {
        return tx.handle()
                .createQuery("""
                        select seq, at, type, state, operation, message from session_event
                        where session_id = :id and seq > :seq order by seq limit 1000
                        """)
                .bind("id", sessionId)
                .bind("seq", seq)
                .map((row, _) -> event(row))
                .list();
    }

    private static SessionEvent event(ResultSet row) throws SQLException {
        return new SessionEvent(
                row.getLong("seq"),
                instant(row, "at"),
                row.getString("type"),
                row.getString("state"),
                row.getString("operation"),
                row.getString("message"));
    }

    private static Session session(ResultSet row) throws SQLException {
        Integer exitCode = row.getObject("exit_code", Integer.class);
        return new Session(
                row.getObject("id", UUID.class),
                row.getLong("version"),
                row.getObject("org_id", UUID.class),
                row.getObject("user_id", UUID.class),
                wanted(row),
                new Session.Placement(
                        row.getString("gpu_model"),
                        row.getInt("gpu_count"),
                        row.getString("provider"),
                        row.getString("location"),
                        new Money(row.getLong("hourly_rate_micros")),
                        row.getString("quoted")),
                SessionState.of(row.getString("state")),
                Operation.of(row.getString("operation")),
                instant(row, "operation_since"),
                endRequest(row),
                result(row),
                exitCode,
                times(row),
                attempt(row));
    }

    private static Session.Wanted wanted(ResultSet row) throws SQLException {
        Long maxDuration = row.getObject("max_duration_s", Long.class);
        Long maxCost = row.getObject("max_cost_micros", Long.class);
        return new Session.Wanted(
                row.getString("name"),
                row.getString("image"),
                row.getString("gpu_request"),
                row.getString("command"),
                row.getString("environment_masked"),
                AutoTerminate.of(row.getString("auto_terminate")),
                row.getBoolean("ssh_enabled"),
                row.getString("ssh_fingerprint"),
                row.getBoolean("ssh_key_registered"),
                maxDuration == null ? null : Duration.ofSeconds(maxDuration),
                maxCost == null ? null : new Money(maxCost),
                row.getString("control_token"),
                row.getString("ssh_address"));
    }

    private static Session.@Nullable EndRequest endRequest(ResultSet row) throws SQLException {
        String reason = row.getString("end_reason");
        return reason == null
                ? null
                : new Session.EndRequest(
                        StopReason.of(reason),
                        instant(row, "end_requested_at"),
                        optionalInstant(row, "term_sent_at"),
                        optionalInstant(row, "kill_sent_at"));
    }

    private static Session.@Nullable Result result(ResultSet row) throws SQLException {
        String endState = row.getString("end_state");
        if (endState == null) {
            return null;
        }
        String reason = row.getString("stop_reason");
        return new Session.Result(
                SessionState.of(endState), row.getString("error"), reason == null ? null : StopReason.of(reason));
    }

    private static Session.Times times(ResultSet row) throws SQLException {
        return new Session.Times(
                instant(row, "created_at"),
                instant(row, "updated_at"),
                optionalInstant(row, "provisioned_at"),
                optionalInstant(row, "started_at"),
                optionalInstant(row, "started_shown_at"),
                optionalInstant(row, "ended_at"),
                optionalInstant(row, "end_shown_at"),
                optionalInstant(row, "delete_requested_at"),
                optionalInstant(row, "terminated_at"));
    }

    private static @Nullable Attempt attempt(ResultSet row) throws SQLException {
        UUID id = row.getObject("attempt_id", UUID.class);
        if (id == null) {
            return null;
        }
        String engine = row.getString("engine");
        return new Attempt(
                id,
                row.getInt("ordinal"),
                row.getString("attempt_provider"),
                row.getString("attempt_location"),
                row.getString("reference"),
                row.getString("attempt_gpu_model"),
                new Money(row.getLong("attempt_rate")),
                new Money(row.getLong("attempt_cost")),
                Attempt.Status.of(row.getString("attempt_status")),
                instant(row, "attempt_created_at"),
                engine == null ? null : EngineAddress.of(engine),
                List.of((String[]) row.getArray("gpu_ids").getArray()),
                new Limits(row.getLong("memory_bytes"), row.getDouble("cpus"), row.getLong("pids_max")),
                optionalInstant(row, "destroy_asked_at"),
                optionalInstant(row, "absent_since"),
                moneyOrder(row),
                optionalInstant(row, "absent_seen_at"),
                row.getString("image_id"),
                silence(row));
    }

    private static Attempt.@Nullable Silence silence(ResultSet row) throws SQLException {
        Instant since = optionalInstant(row, "silent_since");
        return since == null ? null : new Attempt.Silence(since, row.getBoolean("silence_told"));
    }

    private static @Nullable MoneyOrder moneyOrder(ResultSet row) throws SQLException {
        long number = row.getLong("money_order");
        String reason = row.getString("money_reason");
        MoneyEnd end = reason == null
                ? MoneyEnd.NEVER
                : new MoneyEnd(optionalInstant(row, "money_end"), StopReason.of(reason));
        return number == 0 ? null : new MoneyOrder(number, end, row.getBoolean("money_armed"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant optionalInstant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
