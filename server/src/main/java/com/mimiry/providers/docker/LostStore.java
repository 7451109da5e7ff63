package com.mimiry.providers.docker;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What went with hosts that were given up. */
final class LostStore {
    /** Ends what a host has, machines and volumes, as gone with it. */
    Lost declare(Transaction tx, String host, String reason, Instant now) {
        List<UUID> machines = tx.handle()
                .createQuery("""
                        update docker_machine set ended_at = :now where host = :host and ended_at is null returning tag
                        """)
                .bind("host", host)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .mapTo(UUID.class)
                .list();
        tx.handle().createUpdate("""
                        delete from gpu_lease where machine in (
                            select tag from docker_machine where host = :host and ended_at is not null)
                        """).bind("host", host).execute();
        // The machine stays written down: where the host comes back, whoever ends the machine unmounts its volumes.
        List<UUID> volumes = tx.handle()
                .createQuery("""
                        update docker_volume set ended_at = :now where host = :host and ended_at is null returning tag
                        """)
                .bind("host", host)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .mapTo(UUID.class)
                .list();
        machines.forEach(tag -> insert(tx, tag, host, reason, now, false));
        volumes.forEach(tag -> insert(tx, tag, host, reason, now, true));
        return new Lost(machines, volumes);
    }

    record Lost(List<UUID> machines, List<UUID> volumes) {}

    private static void insert(Transaction tx, UUID tag, String host, String reason, Instant now, boolean cleared) {
        tx.handle()
                .createUpdate("""
                        insert into docker_lost (tag, host, reason, at, cleared_at)
                        values (:tag, :host, :reason, :now, case when :cleared then cast(:now as timestamptz) end)
                        on conflict (tag) do nothing
                        """)
                .bind("tag", tag)
                .bind("host", host)
                .bind("reason", reason)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("cleared", cleared)
                .execute();
    }

    /** Why a machine or volume was given up with its host; empty where it was not. */
    Optional<String> reason(Transaction tx, UUID tag) {
        return tx.handle()
                .createQuery("select reason from docker_lost where tag = :tag")
                .bind("tag", tag)
                .mapTo(String.class)
                .findOne();
    }

    /** Machines of which something may be left on a host that was given up. */
    List<UUID> uncleared(Transaction tx, String host) {
        return tx.handle().createQuery("""
                        select tag from docker_lost where host = :host and cleared_at is null order by at, tag limit 1000
                        """).bind("host", host).mapTo(UUID.class).list();
    }

    void cleared(Transaction tx, UUID tag, Instant now) {
        tx.handle()
                .createUpdate("update docker_lost set cleared_at = :now where tag = :tag and cleared_at is null")
                .bind("tag", tag)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
    }
}
