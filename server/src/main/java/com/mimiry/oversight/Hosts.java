package com.mimiry.oversight;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.identity.Actor;
import com.mimiry.identity.AuditLog;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.docker.DockerFleet;
import com.mimiry.providers.docker.DockerFleet.Host;
import com.mimiry.providers.docker.DockerFleet.Lost;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The Docker hosts in their operator's hands; every change is in the audit log. */
public final class Hosts {
    private final Database database;
    private final Clock clock;
    private final DockerFleet fleet;
    private final AuditLog audit = new AuditLog();

    public Hosts(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
        this.fleet = new DockerFleet(database, clock);
    }

    /** By name: those added here, those of the configuration of servers that run, and all that are drained. */
    public List<Host> list() {
        return fleet.list();
    }

    /**
     * Adds a host that is reached by SSH.
     *
     * @param hostKey the public key that it must prove to have, such as {@code ssh-ed25519 AAAA…}
     * @param name null = its address
     * @param location what customers see as its place; null = its name
     * @param gpus declared ones, such as {@code T4:4}; "" = none
     * @return its name
     * @throws ApiException 422 where a value is not valid, 409 where the name or the address is taken
     */
    public String add(
            Actor actor, String uri, String hostKey, @Nullable String name, @Nullable String location, String gpus) {
        return change(tx -> {
            String chosen = fleet.add(tx, uri, hostKey, name, location, gpus);
            Map<String, Object> after = new LinkedHashMap<>();
            after.put("uri", uri);
            after.put("host_key", hostKey);
            after.put("location", location);
            after.put("gpus", gpus);
            audit.record(tx, clock.instant(), actor, "host.add", chosen, null, null, after);
            return chosen;
        });
    }

    /**
     * No new sessions and volumes there; running ones go on. Also for hosts of the configuration.
     *
     * @throws ApiException 404 where servers run, and none knows such a host
     */
    public void drain(Actor actor, String name) {
        change(tx -> {
            boolean before = fleet.isDrained(tx, name);
            fleet.drain(tx, name);
            drained(tx, actor, "host.drain", name, before, true);
            return name;
        });
    }

    /** Ends a drain. */
    public void resume(Actor actor, String name) {
        change(tx -> {
            boolean before = fleet.isDrained(tx, name);
            fleet.resume(tx, name);
            drained(tx, actor, "host.resume", name, before, false);
            return name;
        });
    }

    private void drained(Transaction tx, Actor actor, String action, String name, boolean before, boolean after) {
        audit.record(
                tx, clock.instant(), actor, action, name, null, Map.of("drained", before), Map.of("drained", after));
    }

    /**
     * Gives up a drained host that will not come back: its sessions and volumes count as gone from now on.
     *
     * @param reason what owners of volumes read, and the audit log says
     * @throws ApiException 409 unless it is drained
     */
    public Lost lose(Actor actor, String name, String reason) {
        return change(tx -> {
            Lost lost = fleet.lose(tx, name, reason);
            Map<String, Object> after = new LinkedHashMap<>();
            after.put("reason", reason);
            after.put("machines", lost.machines());
            after.put("volumes", lost.volumes());
            audit.record(tx, clock.instant(), actor, "host.lost", name, null, Map.of("drained", true), after);
            return lost;
        });
    }

    /**
     * Forgets a host that was added here.
     *
     * @throws ApiException 409 unless it is drained and empty, 404 where it was not added here
     */
    public void remove(Actor actor, String name) {
        change(tx -> {
            fleet.remove(tx, name);
            audit.record(tx, clock.instant(), actor, "host.remove", name, null, Map.of("drained", true), null);
            return name;
        });
    }

    private <T> T change(Function<Transaction, T> change) {
        try {
            return database.inTransaction(change);
        } catch (IllegalArgumentException e) {
            throw refused(ErrorCode.INVALID_FIELD, e);
        } catch (NoSuchElementException e) {
            throw refused(ErrorCode.NOT_FOUND, e);
        } catch (IllegalStateException e) {
            throw refused(ErrorCode.CONFLICT, e);
        }
    }

    private static ApiException refused(ErrorCode code, RuntimeException e) {
        String words = String.valueOf(e.getMessage());
        return new ApiException(code, Character.toUpperCase(words.charAt(0)) + words.substring(1) + ".");
    }
}
