package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.SshKeyTexts;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.docker.DockerHostStore.StoredHost;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The Docker hosts as their operator changes them; every replica follows at once. */
public final class DockerFleet {
    private final Database database;
    private final Clock clock;
    private final DockerHostStore store = new DockerHostStore();
    private final GpuLeaseStore leases = new GpuLeaseStore();

    public DockerFleet(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * @param uri "" for a host of the server's configuration, which is known here by being drained only
     * @param fingerprint of its pinned host key; "" where the uri is
     * @param machines that have not ended there
     */
    public record Host(String name, String uri, String fingerprint, String gpus, boolean drained, int machines) {}

    /** By name: those added here, and those of the configuration that are drained. */
    public List<Host> list() {
        return database.read(tx -> {
            Set<String> drained = new TreeSet<>(store.drained(tx));
            List<Host> hosts = new ArrayList<>();
            for (StoredHost host : store.all(tx)) {
                hosts.add(new Host(
                        host.name(),
                        host.uri(),
                        SshKeyTexts.fingerprint(host.hostKey()),
                        host.gpus(),
                        drained.remove(host.name()),
                        leases.liveOn(tx, host.name())));
            }
            drained.forEach(name -> hosts.add(new Host(name, "", "", "", true, leases.liveOn(tx, name))));
            return hosts;
        });
    }

    /**
     * Adds a host that is reached by SSH.
     *
     * @param hostKey the public key that it must prove to have, such as {@code ssh-ed25519 AAAA…}
     * @param name null = its address
     * @param location what customers see as its place; null = its name
     * @param gpus declared ones, such as {@code T4:4}; "" = none
     * @return its name
     * @throws IllegalArgumentException that says what is wrong
     * @throws IllegalStateException where the name is taken
     */
    public String add(
            Transaction tx, String uri, String hostKey, @Nullable String name, @Nullable String location, String gpus) {
        EngineAddress engine = EngineAddress.checked(uri);
        if (!engine.isSsh()) {
            throw new IllegalArgumentException(
                    "only ssh:// hosts are added here; a socket of the server's own machine belongs in its configuration"
                            + " (mimiry.docker.hosts.NAME.uri)");
        }
        String chosen = name == null ? engine.uri().getHost() : name;
        if (!DockerHost.isName(chosen)) {
            throw new IllegalArgumentException("\"" + chosen
                    + "\": a host's name has letters, digits, '.', '_' and '-' only; give it such a name");
        }
        StoredHost host =
                new StoredHost(chosen, engine.uri().toString(), SshKeyTexts.canonical(hostKey), location, gpus);
        if (!store.insert(tx, host, clock.instant())) {
            throw new IllegalStateException("there is a host named " + chosen + " already; give it another name");
        }
        return chosen;
    }

    /**
     * No new sessions there; running ones go on. Also for hosts of the configuration.
     *
     * @throws IllegalArgumentException where no host can have that name
     */
    public void drain(Transaction tx, String name) {
        if (!DockerHost.isName(name)) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a host");
        }
        store.drain(tx, name, clock.instant());
    }

    public void resume(Transaction tx, String name) {
        store.resume(tx, name);
    }

    public boolean isDrained(Transaction tx, String name) {
        return store.drained(tx).contains(name);
    }

    /**
     * Forgets a host that was added here.
     *
     * @throws IllegalStateException unless the host is drained and empty
     * @throws NoSuchElementException where it was not added here
     */
    public void remove(Transaction tx, String name) {
        // As a launch does it: none comes in between.
        leases.lockHost(tx, name);
        int machines = leases.liveOn(tx, name);
        if (machines > 0) {
            throw new IllegalStateException(machines + " machines of sessions are on host " + name
                    + ": drain it, and remove it when they have ended");
        }
        if (store.all(tx).stream().noneMatch(host -> host.name().equals(name))) {
            throw new NoSuchElementException("no host " + name + " was added here");
        }
        if (!isDrained(tx, name)) {
            throw new IllegalStateException("host " + name + " gets new sessions: drain it first");
        }
        store.delete(tx, name);
        store.resume(tx, name);
    }
}
