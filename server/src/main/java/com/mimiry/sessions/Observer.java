package com.mimiry.sessions;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.logs.SessionLogs;
import com.mimiry.providers.Provider.Ended;
import com.mimiry.sessions.Observed.ImageSight;
import com.mimiry.sessions.Observed.MachineSight;
import com.mimiry.sessions.Observed.MoneySight;
import com.mimiry.sessions.SessionPlan.Look;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Looks at the world for {@link SessionPlan}, and at no more of it than the plan needs. */
@Singleton
final class Observer {
    private static final Logger LOG = Logger.getLogger(Observer.class);

    private final Engines engines;
    private final MachineListings listings;
    private final Pulls pulls;
    private final ContainerStart containers;
    private final SessionLogs logs;
    private final SessionMeter meter;
    private final EndsSeen ends = new EndsSeen();
    private final SilencesTold silences = new SilencesTold();

    Observer(
            Engines engines,
            MachineListings listings,
            Pulls pulls,
            ContainerStart containers,
            SessionLogs logs,
            SessionMeter meter) {
        this.engines = engines;
        this.listings = listings;
        this.pulls = pulls;
        this.containers = containers;
        this.logs = logs;
        this.meter = meter;
    }

    Observed look(Session session, Instant now) {
        Set<Look> looks = SessionPlan.looks(session, now);
        Observed none = Observed.NOTHING;
        if (looks.isEmpty()) {
            return none;
        }
        if (looks.contains(Look.LOGS)) {
            follow(session);
        }
        // The container before its log: what the log then holds is at least as new as the container's state.
        ContainerStatus container = looks.contains(Look.CONTAINER) ? container(session, now) : null;
        ImageSight image = looks.contains(Look.IMAGE) ? image(session) : none.image();
        SessionLogs.Progress progress = looks.contains(Look.LOGS) ? logs.progress(session.id()) : none.logs();
        MoneySight money = looks.contains(Look.MONEY) ? meter.look(session, now) : none.money();
        Instant endSeenSince =
                container == null || container instanceof ContainerStatus.Running ? null : ends.seen(session.id(), now);
        Observed seen = new Observed(container, none.machine(), image, progress, money, null, endSeenSince);
        boolean silent = (looks.contains(Look.CONTAINER) && container == null)
                || (looks.contains(Look.IMAGE) && image instanceof ImageSight.Unseen);
        boolean wantsMachine = looks.contains(Look.MACHINE)
                || (session.hasMachine() && (silent || EndPlan.unexplained(session, seen)));
        if (!wantsMachine) {
            return seen;
        }
        MachineSight machine = machine(session);
        boolean mayBeTakenBack = machine instanceof MachineSight.Absent && session.result() == null;
        Ended ended = mayBeTakenBack ? endedByProvider(session) : null;
        return new Observed(container, machine, image, progress, money, ended, endSeenSince);
    }

    private void follow(Session session) {
        Attempt attempt = session.attempt();
        if (session.times().startedAt() != null
                && attempt != null
                && attempt.engine() != null
                && session.hasMachine()) {
            logs.ensureCaptured(
                    session.id(),
                    attempt.engine(),
                    attempt.container(),
                    session.wanted().controlToken());
        }
    }

    /** How many sessions' output this replica follows: about as many run. */
    int followed() {
        return logs.followed();
    }

    ContainerEngine engine(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt(), "a provisioned session has a machine");
        return engines.connect(Objects.requireNonNull(attempt.engine(), "a launched machine has an engine"));
    }

    private @Nullable ContainerStatus container(Session session, Instant now) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        try {
            return engine(session).inspect(attempt.container());
        } catch (EngineException.Unreachable e) {
            boolean first = silences.isNews(Objects.requireNonNull(attempt.engine()), now);
            LOG.logf(
                    first ? Logger.Level.WARN : Logger.Level.DEBUG,
                    "session %s: the container engine does not answer: %s",
                    session.id(),
                    e.getMessage());
            return null;
        }
    }

    private @Nullable Ended endedByProvider(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        return listings.provider(attempt.provider())
                .flatMap(provider -> provider.ended(attempt.id()))
                .orElse(null);
    }

    private MachineSight machine(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        return listings.sight(attempt.provider(), attempt.id());
    }

    private ImageSight image(Session session) {
        ImageSight pulling = pulls.sight(session.id());
        if (pulling != null) {
            return pulling;
        }
        try {
            return containers
                    .image(session, engine(session))
                    .<ImageSight>map(ImageSight.Present::new)
                    .orElseGet(ImageSight.Missing::new);
        } catch (EngineException.Unreachable _) {
            return new ImageSight.Unseen();
        }
    }
}
