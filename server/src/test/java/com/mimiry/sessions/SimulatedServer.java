package com.mimiry.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.Billing;
import com.mimiry.catalog.GpuCatalog;
import com.mimiry.catalog.Market;
import com.mimiry.containers.Engines;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.SshKeys;
import com.mimiry.logs.SessionLogs;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Pause;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Provider;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.volumes.SessionVolumes;
import com.mimiry.volumes.SimulatedVolumes;
import jakarta.enterprise.inject.Instance;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;

/** The real sessions and volumes, put together by hand: one life of one server, for a simulation. */
public final class SimulatedServer implements AutoCloseable {
    private final Sessions sessions;
    private final SessionSteps steps;
    private final MachineSweep sweep;
    private final SimulatedVolumes volumes;
    private final SessionLogs logs;

    /** What a server is made of, besides what is in this package. */
    public record Parts(
            Database database,
            Clock clock,
            Pause pause,
            Ids ids,
            List<Provider> providers,
            Engines engines,
            GpuCatalog catalog,
            Market market,
            Billing billing,
            SessionLogs logs,
            Organizations organizations,
            SshKeys sshKeys,
            IdempotencyKeys idempotencyKeys,
            Reconciler reconciler,
            SecretBox secretBox,
            Executor pulls) {}

    /** @param properties by full name, such as {@code mimiry.sessions.absence-gap} */
    public SimulatedServer(Parts parts, Map<String, String> properties) {
        SessionConfig config = TestConfig.of(SessionConfig.class, properties);
        SessionRequests requests = new SessionRequests(parts.catalog());
        MachineListings listings = new MachineListings(beans(parts.providers()), parts.clock());
        Pulls pulls = new Pulls(parts.pulls());
        SessionMeter meter = new SessionMeter(parts.billing(), parts.database());
        SessionVolumes ofSessions = new SessionVolumes(parts.database(), parts.providers(), parts.clock());
        ContainerStart containers = new ContainerStart(
                parts.database(),
                parts.secretBox(),
                pulls,
                new DeploymentId(parts.database(), parts.ids()),
                ofSessions,
                parts.clock());
        Observer observer = new Observer(parts.engines(), listings, pulls, containers, parts.logs(), meter);
        Placement placement = new Placement(
                parts.database(),
                requests,
                parts.market(),
                listings,
                parts.billing(),
                ofSessions,
                parts.clock(),
                parts.ids());
        this.logs = parts.logs();
        this.sessions = new Sessions(
                parts.database(),
                requests,
                parts.organizations(),
                parts.sshKeys(),
                parts.market(),
                parts.billing(),
                parts.idempotencyKeys(),
                parts.reconciler(),
                parts.secretBox(),
                ofSessions,
                parts.clock(),
                parts.pause(),
                parts.ids());
        this.volumes = new SimulatedVolumes(
                new SimulatedVolumes.Parts(
                        parts.database(),
                        parts.clock(),
                        parts.ids(),
                        parts.providers(),
                        parts.billing(),
                        parts.organizations(),
                        parts.idempotencyKeys(),
                        parts.reconciler()),
                properties);
        this.steps = new SessionSteps(
                parts.database(), observer, placement, containers, listings, meter, ofSessions, config, parts.clock());
        this.sweep = new MachineSweep(parts.database(), listings, parts.clock());
    }

    /** Only what {@link MachineListings} asks of it. */
    @SuppressWarnings("unchecked")
    private static Instance<Provider> beans(List<Provider> providers) {
        return (Instance<Provider>) Proxy.newProxyInstance(
                Instance.class.getClassLoader(),
                new Class<?>[] {Instance.class},
                (_, method, _) -> switch (method.getName()) {
                    case "stream" -> providers.stream();
                    case "iterator" -> providers.iterator();
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    public List<Reconciler.Steps> steps() {
        return List.of(steps, sweep);
    }

    public SimulatedVolumes volumes() {
        return volumes;
    }

    /** What a server does when it starts. */
    public void begin(Database database, Reconciler reconciler) {
        database.useTransaction(tx -> reconciler.begin(tx, sweep.kind(), new UUID(0, 1)));
    }

    /** @return the session's id */
    public UUID create(Caller caller, JsonNode body, String idempotencyKey) {
        return sessions.create(caller, body, idempotencyKey, body.toString()).id();
    }

    public void delete(Caller caller, UUID id) {
        sessions.delete(caller, id);
    }

    /** Whether a session's row says that nothing is left to be done. */
    public static boolean atRest(Transaction tx, UUID id) {
        return new SessionReadStore().find(tx, id).orElseThrow().atRest();
    }

    @Override
    public void close() {
        logs.close();
    }
}
