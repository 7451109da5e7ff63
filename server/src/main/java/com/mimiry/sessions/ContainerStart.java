package com.mimiry.sessions;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerSpec;
import com.mimiry.platform.Database;
import com.mimiry.platform.SecretBox;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.MachineLabels;
import com.mimiry.volumes.SessionVolumes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Brings a session's image and container onto its machine. */
@Singleton
final class ContainerStart {
    /** The server ends an over-long session itself; the machine does it a little later if the server cannot. */
    static final Duration DEADLINE_SLACK = Duration.ofSeconds(2);

    private static final Duration REPORT_EVERY = Duration.ofSeconds(1);

    private final Database database;
    private final SessionReadStore reads = new SessionReadStore();
    private final SecretBox secretBox;
    private final Pulls pulls;
    private final ImageRights rights;
    private final DeploymentId deployment;
    private final SessionVolumes volumes;
    private final Clock clock;
    private final ConcurrentMap<UUID, Report> reports = new ConcurrentHashMap<>();

    ContainerStart(
            Database database,
            SecretBox secretBox,
            Pulls pulls,
            ImageRights rights,
            DeploymentId deployment,
            SessionVolumes volumes,
            Clock clock) {
        this.database = database;
        this.secretBox = secretBox;
        this.pulls = pulls;
        this.rights = rights;
        this.deployment = deployment;
        this.volumes = volumes;
        this.clock = clock;
    }

    private record Report(String message, Instant at) {}

    void pull(Session session, ContainerEngine engine) {
        pulls.start(session, engine, secrets(session).registryAuth());
    }

    /**
     * The image on the machine that the session may have without asking its registry. Who names credentials is always
     * made to show them.
     */
    Optional<String> image(Session session, ContainerEngine engine) {
        return secrets(session).registryAuth() != null
                ? Optional.empty()
                : rights.free(
                        Objects.requireNonNull(session.attempt()),
                        engine,
                        session.wanted().image());
    }

    /** Whether a pull's progress differs from what was last reported, long enough ago. */
    boolean worthReporting(UUID sessionId, String message) {
        if (message.isEmpty()) {
            // Were it told, the first real news would have to wait its turn, and a short pull would show none at all.
            return false;
        }
        Instant now = clock.instant();
        Report last = reports.get(sessionId);
        boolean worth = last == null || (!last.message.equals(message) && now.isAfter(last.at.plus(REPORT_EVERY)));
        if (worth) {
            reports.put(sessionId, new Report(message, now));
        }
        return worth;
    }

    /**
     * Mounts the session's volumes, and creates and starts the container; all may have been done before.
     *
     * @param end of the money; a container that is there already may know another
     * @throws com.mimiry.providers.ProviderFailure where the volumes cannot be mounted
     */
    void start(Session session, MoneyEnd end, ContainerEngine engine) {
        reports.remove(session.id());
        ContainerSpec spec = spec(session).paidFor(end.left(clock.instant(), DEADLINE_SLACK));
        engine.create(spec);
        engine.start(spec.name());
    }

    private ContainerSpec spec(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        Session.Wanted wanted = session.wanted();
        Duration deadline =
                wanted.maxDuration() == null ? null : wanted.maxDuration().plus(DEADLINE_SLACK);
        Map<String, String> environment =
                new java.util.HashMap<>(secrets(session).environment());
        environment.putIfAbsent("MIMIRY_SESSION_ID", session.id().toString());
        return new ContainerSpec(
                attempt.container(),
                Objects.requireNonNull(attempt.imageId()),
                MachineLabels.of(deployment.get(), attempt.id(), session.id()),
                wanted.command(),
                wanted.autoTerminate().keepsAfter(0),
                wanted.autoTerminate().keepsAfter(1),
                deadline,
                null,
                wanted.controlToken(),
                environment,
                attempt.gpuIds(),
                attempt.limits().memoryBytes(),
                attempt.limits().cpus(),
                attempt.limits().pidsMax(),
                "mimiry-" + session.id().toString().substring(0, 8),
                mounts(session, attempt));
    }

    private List<ContainerSpec.Mount> mounts(Session session, Attempt attempt) {
        return volumes.mount(session.id(), attempt.id(), Objects.requireNonNull(attempt.engine())).stream()
                .map(mounted -> new ContainerSpec.Mount(mounted.hostPath(), mounted.path()))
                .toList();
    }

    private SessionSecrets secrets(Session session) {
        return SessionSecrets.open(secretBox, session.id(), database.read(tx -> reads.secrets(tx, session.id())));
    }
}
