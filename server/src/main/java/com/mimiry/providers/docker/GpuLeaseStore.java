package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Provider.Limits;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.Provider.MachineState;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Which machine has which GPUs of which host. */
final class GpuLeaseStore {
    /** More machines than Docker hosts can carry; a listing of as many is treated as cut off. */
    static final int MACHINES_MAX = 100_000;

    /** What is asked for, or was given out, under one tag. */
    record Lease(
            UUID tag,
            UUID sessionId,
            String host,
            EngineAddress engine,
            String kind,
            boolean gpusPassed,
            Limits limits) {}

    /** @param machine as its host was configured at launch */
    record Leased(Machine machine, String host, boolean ended) {}

    /** Lets only one transaction at a time give out GPUs of a host, on any replica, until it commits. */
    void lockHost(Transaction tx, String host) {
        tx.handle()
                .createQuery("select pg_advisory_xact_lock(hashtextextended('docker host ' || :host, 40))")
                .bind("host", host)
                .mapToMap()
                .one();
    }

    /** Lets only one transaction at a time launch or destroy the machine of a tag, until it commits. */
    void lockTag(Transaction tx, UUID tag) {
        tx.handle()
                .createQuery("select pg_advisory_xact_lock(hashtextextended('docker machine ' || :tag, 41))")
                .bind("tag", tag.toString())
                .mapToMap()
                .one();
    }

    /** Lets only one transaction at a time give out GPUs that are there, on any replica, until it commits. */
    void lockGpus(Transaction tx) {
        tx.handle()
                .createQuery("select pg_advisory_xact_lock(hashtextextended('docker gpus', 42))")
                .mapToMap()
                .one();
    }

    boolean destroyedUnlaunched(Transaction tx, UUID tag) {
        return tx.handle()
                .createQuery("select exists (select from docker_destroyed where tag = :tag)")
                .bind("tag", tag)
                .mapTo(Boolean.class)
                .one();
    }

    /** @return false when the tag is taken */
    boolean insert(Transaction tx, Lease lease, List<String> gpus, Instant now) {
        int inserted = tx.handle()
                .createUpdate("""
                        insert into docker_machine (tag, session_id, host, engine, kind, gpus_passed, memory_bytes, cpus,
                            pids_max, launched_at)
                        values (:tag, :session, :host, :engine, :kind, :passed, :memory, :cpus, :pids, :now)
                        on conflict (tag) do nothing
                        """)
                .bind("tag", lease.tag())
                .bind("session", lease.sessionId())
                .bind("host", lease.host())
                .bind("engine", lease.engine().uri().toString())
                .bind("kind", lease.kind())
                .bind("passed", lease.gpusPassed())
                .bind("memory", lease.limits().memoryBytes())
                .bind("cpus", lease.limits().cpus())
                .bind("pids", lease.limits().pidsMax())
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
        if (inserted == 0) {
            return false;
        }
        for (int i = 0; i < gpus.size(); i++) {
            tx.handle()
                    .createUpdate("""
                            insert into gpu_lease (host, gpu, machine, ordinal) values (:host, :gpu, :machine, :ordinal)
                            """)
                    .bind("host", lease.host())
                    .bind("gpu", gpus.get(i))
                    .bind("machine", lease.tag())
                    .bind("ordinal", i)
                    .execute();
        }
        return true;
    }

    Optional<Leased> find(Transaction tx, UUID tag) {
        return tx.handle()
                .createQuery("""
                        select m.tag, m.host, m.engine, m.kind, m.gpus_passed, m.memory_bytes, m.cpus, m.pids_max,
                            m.launched_at, m.ended_at is not null as ended,
                            array(select gpu from gpu_lease l where l.machine = m.tag order by ordinal) as gpus
                        from docker_machine m where m.tag = :tag
                        """)
                .bind("tag", tag)
                .map((rows, _) -> leased(rows))
                .findOne();
    }

    /** All that have not ended, at most {@link #MACHINES_MAX}. */
    List<Leased> live(Transaction tx) {
        return tx.handle()
                .createQuery("""
                        select m.tag, m.host, m.engine, m.kind, m.gpus_passed, m.memory_bytes, m.cpus, m.pids_max,
                            m.launched_at, m.ended_at is not null as ended, coalesce(l.gpus, '{}') as gpus
                        from docker_machine m
                        left join (select machine, array_agg(gpu order by ordinal) as gpus from gpu_lease group by machine) l
                            on l.machine = m.tag
                        where m.ended_at is null
                        order by m.launched_at, m.tag limit :max
                        """)
                .bind("max", MACHINES_MAX)
                .map((rows, _) -> leased(rows))
                .list();
    }

    /** The engines of machines that have not ended, whatever the configuration says today. */
    List<String> liveEngines(Transaction tx) {
        return tx.handle()
                .createQuery("select distinct engine from docker_machine where ended_at is null limit 1000")
                .mapTo(String.class)
                .list();
    }

    /** The ids of all leased GPUs by host. */
    Map<String, Set<String>> leasedGpus(Transaction tx) {
        Map<String, Set<String>> leased = new HashMap<>();
        tx.handle()
                .createQuery("select host, gpu from gpu_lease limit 1000000")
                .map((rows, _) -> Map.entry(rows.getString("host"), rows.getString("gpu")))
                .forEach(entry -> leased.computeIfAbsent(entry.getKey(), _ -> new HashSet<>())
                        .add(entry.getValue()));
        return leased;
    }

    /** The first of these GPUs of a host that are not leased, at most so many. */
    List<String> free(Transaction tx, String host, List<String> gpus, int max) {
        return tx.handle()
                .createQuery("""
                        select asked.gpu from unnest(:gpus) with ordinality as asked (gpu, place)
                        where not exists (select from gpu_lease l where l.host = :host and l.gpu = asked.gpu)
                        order by asked.place limit :max
                        """)
                .bindArray("gpus", String.class, gpus.toArray())
                .bind("host", host)
                .bind("max", max)
                .mapTo(String.class)
                .list();
    }

    /** GPUs that are there, on whichever host: a machine may be reached under two names. */
    Set<String> leasedReal(Transaction tx) {
        return tx.handle().createQuery("""
                        select l.gpu from gpu_lease l join docker_machine m on m.tag = l.machine
                        where m.gpus_passed and m.ended_at is null limit 1000000
                        """).mapTo(String.class).set();
    }

    /** From now on a tag without a machine is not launched any more. @return false where it has, or had, a machine */
    boolean refuse(Transaction tx, UUID tag, Instant now) {
        if (find(tx, tag).isPresent()) {
            return false;
        }
        tx.handle()
                .createUpdate("insert into docker_destroyed (tag, at) values (:tag, :now) on conflict (tag) do nothing")
                .bind("tag", tag)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
        return true;
    }

    /** Gives a machine's GPUs back; one that has ended, or never was, is success. */
    void end(Transaction tx, UUID tag, Instant now) {
        tx.handle()
                .createUpdate("delete from gpu_lease where machine = :tag")
                .bind("tag", tag)
                .execute();
        tx.handle()
                .createUpdate("update docker_machine set ended_at = :now where tag = :tag and ended_at is null")
                .bind("tag", tag)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
    }

    /** The sessions of machines that have not ended on a host, the oldest first. */
    List<UUID> sessionsOn(Transaction tx, String host) {
        return tx.handle()
                .createQuery("""
                        select session_id from docker_machine where host = :host and ended_at is null
                        order by launched_at, tag limit :max
                        """)
                .bind("host", host)
                .bind("max", MACHINES_MAX)
                .mapTo(UUID.class)
                .list();
    }

    /** Forgets machines that ended before this instant. */
    int forget(Transaction tx, Instant endedBefore) {
        tx.handle()
                .createUpdate("""
                        delete from docker_destroyed
                        where tag in (select tag from docker_destroyed where at < :before limit 1000)
                        """)
                .bind("before", endedBefore.atOffset(ZoneOffset.UTC))
                .execute();
        return tx.handle()
                .createUpdate("""
                        delete from docker_machine
                        where tag in (select tag from docker_machine where ended_at < :before limit 1000)
                        """)
                .bind("before", endedBefore.atOffset(ZoneOffset.UTC))
                .execute();
    }

    private static Leased leased(ResultSet rows) throws SQLException {
        Array gpus = rows.getArray("gpus");
        boolean passed = rows.getBoolean("gpus_passed");
        String host = rows.getString("host");
        Machine machine = new Machine(
                rows.getObject("tag", UUID.class),
                host + "/" + rows.getString("kind"),
                MachineState.RUNNING,
                EngineAddress.of(rows.getString("engine")),
                passed ? List.of((String[]) gpus.getArray()) : List.of(),
                new Limits(rows.getLong("memory_bytes"), rows.getDouble("cpus"), rows.getLong("pids_max")),
                rows.getObject("launched_at", OffsetDateTime.class).toInstant());
        return new Leased(machine, host, rows.getBoolean("ended"));
    }
}
