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
import com.mimiry.oversight.SweepConfig;
import com.mimiry.oversight.SweepSteps;
import com.mimiry.oversight.Sweeps;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Pause;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Holdings;
import com.mimiry.providers.Provider;
import com.mimiry.reconcile.Lanes;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.volumes.SessionVolumes;
import com.mimiry.volumes.SimulatedVolumes;
import jakarta.enterprise.inject.Instance;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;

/** The real sessions and volumes, put together by hand: one life of one server, for a simulation. */
public final class SimulatedServer implements AutoCloseable {
    private final Sessions sessions;
    private final SessionSteps steps;
    private final SweepSteps sweep;
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
            Executor pulls,
            boolean sweepsMachines,
            boolean sweepsVolumes) {}

    /** @param properties by full name, such as {@code mimiry.sessions.absence-gap} */
    public SimulatedServer(Parts parts, Map<String, String> properties) {
        SessionConfig config = TestConfig.of(SessionConfig.class, properties);
        SessionRequests requests = new SessionRequests(parts.catalog());
        MachineListings listings = new MachineListings(beans(parts.providers()), parts.clock());
        ImageRights rights = new ImageRights(parts.database());
        Pulls pulls = new Pulls(rights, parts.pulls());
        SessionMeter meter = new SessionMeter(parts.billing(), parts.database());
        SessionVolumes ofSessions = new SessionVolumes(parts.database(), parts.providers(), parts.clock());
        ContainerStart containers = new ContainerStart(
                parts.database(),
                parts.secretBox(),
                pulls,
                rights,
                new DeploymentId(parts.database(), parts.ids()),
                ofSessions,
                parts.clock());
        Observer observer = new Observer(parts.engines(), listings, pulls, containers, parts.logs(), meter);
        Lanes lanes = new Lanes(1_000, parts.clock());
        Placement placement = new Placement(
                parts.database(),
                requests,
                parts.market(),
                listings,
                parts.billing(),
                ofSessions,
                parts.reconciler(),
                lanes,
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
                parts.database(),
                observer,
                placement,
                containers,
                listings,
                meter,
                ofSessions,
                lanes,
                config,
                parts.clock());
        List<Holdings> holdings = new ArrayList<>();
        if (parts.sweepsMachines()) {
            holdings.add(new MachineHoldings(parts.database(), listings, config, parts.clock()));
        }
        if (parts.sweepsVolumes()) {
            holdings.add(volumes.holdings());
        }
        SweepConfig sweepConfig = TestConfig.of(SweepConfig.class, properties);
        this.sweep = new SweepSteps(
                new Sweeps(holdings, parts.providers(), sweepConfig, parts.database(), parts.clock(), parts.ids()),
                sweepConfig);
    }

    /** Only what {@link MachineListings} asks of it. */
    @SuppressWarnings("unchecked")
    static Instance<Provider> beans(List<Provider> providers) {
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
        sweep.begin(database, reconciler);
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
