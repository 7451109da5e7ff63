package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Which host holds which volume, and how much of its disk is promised. */
final class DockerVolumeStore {
    /** More volumes than Docker hosts can carry; a listing of as many is treated as cut off. */
    static final int VOLUMES_MAX = 100_000;

    /** @param ended its files are gone, or about to be */
    record Promise(UUID tag, String host, EngineAddress engine, int sizeGb, Instant createdAt, boolean ended) {}

    /** Lets only one transaction at a time promise room of a host's disk, on any replica, until it commits. */
    void lockHost(Transaction tx, String host) {
        tx.handle()
                .createQuery("select pg_advisory_xact_lock(hashtextextended('docker volumes of ' || :host, 55))")
                .bind("host", host)
                .mapToMap()
                .one();
    }

    /** Lets only one transaction at a time promise or end the volume of a tag, until it commits. */
    void lockTag(Transaction tx, UUID tag) {
        tx.handle()
                .createQuery("select pg_advisory_xact_lock(hashtextextended('docker volume ' || :tag, 56))")
                .bind("tag", tag.toString())
                .mapToMap()
                .one();
    }

    /** Whether its end was asked for before anything was promised. */
    boolean destroyedUnpromised(Transaction tx, UUID tag) {
        return tx.handle()
                .createQuery("select exists (select from docker_volume_destroyed where tag = :tag)")
                .bind("tag", tag)
                .mapTo(Boolean.class)
                .one();
    }

    /** From now on nothing is promised for a tag. */
    void refuse(Transaction tx, UUID tag, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into docker_volume_destroyed (tag, at) values (:tag, :now) on conflict (tag) do nothing
                        """)
                .bind("tag", tag)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
    }

    void insert(Transaction tx, Promise promise) {
        tx.handle()
                .createUpdate("""
                        insert into docker_volume (tag, host, engine, size_gb, created_at)
                        values (:tag, :host, :engine, :size, :now)
                        """)
                .bind("tag", promise.tag())
                .bind("host", promise.host())
                .bind("engine", promise.engine().uri().toString())
                .bind("size", promise.sizeGb())
                .bind("now", promise.createdAt().atOffset(ZoneOffset.UTC))
                .execute();
    }

    Optional<Promise> find(Transaction tx, UUID tag) {
        return tx.handle()
                .createQuery("""
                        select tag, host, engine, size_gb, created_at, ended_at is not null as ended
                        from docker_volume where tag = :tag
                        """)
                .bind("tag", tag)
                .map((row, _) -> promise(row))
                .findOne();
    }

    /** All that have not ended, at most {@link #VOLUMES_MAX}. */
    List<Promise> live(Transaction tx) {
        return tx.handle()
                .createQuery("""
                        select tag, host, engine, size_gb, created_at, false as ended
                        from docker_volume where ended_at is null order by created_at, tag limit :max
                        """)
                .bind("max", VOLUMES_MAX)
                .map((row, _) -> promise(row))
                .list();
    }

    /** Those of a host that have not ended, the oldest first. */
    List<UUID> liveOn(Transaction tx, String host) {
        return tx.handle()
                .createQuery("""
                        select tag from docker_volume where host = :host and ended_at is null order by created_at, tag limit :max
                        """)
                .bind("host", host)
                .bind("max", VOLUMES_MAX)
                .mapTo(UUID.class)
                .list();
    }

    /** Those that are, or may be, mounted for a machine. */
    List<Promise> of(Transaction tx, UUID machine) {
        return tx.handle()
                .createQuery("""
                        select tag, host, engine, size_gb, created_at, ended_at is not null as ended
                        from docker_volume where machine = :machine order by tag limit 1000
                        """)
                .bind("machine", machine)
                .map((row, _) -> promise(row))
                .list();
    }

    /** In GB, of all volumes of a host. */
    long promised(Transaction tx, String host) {
        return tx.handle()
                .createQuery(
                        "select coalesce(sum(size_gb), 0) from docker_volume where host = :host and ended_at is null")
                .bind("host", host)
                .mapTo(Long.class)
                .one();
    }

    void resize(Transaction tx, UUID tag, int sizeGb) {
        tx.handle()
                .createUpdate("update docker_volume set size_gb = :size where tag = :tag and ended_at is null")
                .bind("tag", tag)
                .bind("size", sizeGb)
                .execute();
    }

    /** @return how many of them are on that engine and were free, or had by that machine already */
    int take(Transaction tx, List<UUID> tags, UUID machine) {
        return tx.handle()
                .createUpdate("""
                        update docker_volume set machine = :machine
                        where tag = any(:tags) and ended_at is null and (machine is null or machine = :machine)
                        """)
                .bindArray("tags", UUID.class, tags.toArray())
                .bind("machine", machine)
                .execute();
    }

    void release(Transaction tx, UUID machine) {
        tx.handle()
                .createUpdate("update docker_volume set machine = null where machine = :machine")
                .bind("machine", machine)
                .execute();
    }

    /** From now on its tag is not made again. */
    void end(Transaction tx, UUID tag, Instant now) {
        tx.handle()
                .createUpdate(
                        "update docker_volume set ended_at = :now, machine = null where tag = :tag and ended_at is null")
                .bind("tag", tag)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
    }

    private static Promise promise(ResultSet row) throws SQLException {
        return new Promise(
                row.getObject("tag", UUID.class),
                row.getString("host"),
                EngineAddress.of(row.getString("engine")),
                row.getInt("size_gb"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getBoolean("ended"));
    }
}
