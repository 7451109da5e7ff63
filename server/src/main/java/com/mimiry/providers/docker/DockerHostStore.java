package com.mimiry.providers.docker;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Hosts added at the terminal, and which hosts are drained. */
final class DockerHostStore {
    private static final int HOSTS_MAX = 1_000;

    /** @param location null = its name */
    record StoredHost(
            String name,
            String uri,
            String hostKey,
            @Nullable String location,
            String gpus) {}

    List<StoredHost> all(Transaction tx) {
        return tx.handle()
                .createQuery("select name, uri, host_key, location, gpus from docker_host order by name limit :max")
                .bind("max", HOSTS_MAX)
                .map((row, _) -> new StoredHost(
                        row.getString("name"),
                        row.getString("uri"),
                        row.getString("host_key"),
                        row.getString("location"),
                        row.getString("gpus")))
                .list();
    }

    /** @return false when the name is taken */
    boolean insert(Transaction tx, StoredHost host, Instant now) {
        return tx.handle()
                        .createUpdate("""
                                insert into docker_host (name, uri, host_key, location, gpus, added_at)
                                values (:name, :uri, :key, :location, :gpus, :now) on conflict (name) do nothing
                                """)
                        .bind("name", host.name())
                        .bind("uri", host.uri())
                        .bind("key", host.hostKey())
                        .bind("location", host.location())
                        .bind("gpus", host.gpus())
                        .bind("now", now)
                        .execute()
                == 1;
    }

    /** The name under which a host is known already. */
    Optional<String> at(Transaction tx, String uri) {
        return tx.handle()
                .createQuery("select name from docker_host where uri = :uri order by name limit 1")
                .bind("uri", uri)
                .mapTo(String.class)
                .findOne();
    }

    boolean delete(Transaction tx, String name) {
        return tx.handle()
                        .createUpdate("delete from docker_host where name = :name")
                        .bind("name", name)
                        .execute()
                == 1;
    }

    List<String> drained(Transaction tx) {
        return tx.handle()
                .createQuery("select name from docker_host_drained order by name limit :max")
                .bind("max", HOSTS_MAX)
                .mapTo(String.class)
                .list();
    }

    void drain(Transaction tx, String name, Instant now) {
        tx.handle().createUpdate("""
                        insert into docker_host_drained (name, since) values (:name, :now)
                        on conflict (name) do nothing
                        """).bind("name", name).bind("now", now).execute();
    }

    void resume(Transaction tx, String name) {
        tx.handle()
                .createUpdate("delete from docker_host_drained where name = :name")
                .bind("name", name)
                .execute();
    }
}
