package com.mimiry.sessions;

import com.mimiry.containers.EngineException;
import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Reconciler.Next;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The steps that speak with a machine's container engine: its setup, the image, the container's start, its deadline and its signals. */
final class ContainerSteps {
    private static final Logger LOG = Logger.getLogger(ContainerSteps.class);
    private static final Duration TOLD_WITHIN = Duration.ofSeconds(3);

    private final Database database;
    private final SessionStore store = new SessionStore();
    private final AttemptStore attempts = new AttemptStore();
    private final SessionWrites writes;
    private final ContainerStart containers;
    private final Observer observer;
    private final SessionMeter meter;
    private final Policy policy;
    private final Clock clock;

    ContainerSteps(
            Database database,
            SessionWrites writes,
            ContainerStart containers,
            Observer observer,
            SessionMeter meter,
            Policy policy,
            Clock clock) {
        this.database = database;
        this.writes = writes;
        this.containers = containers;
        this.observer = observer;
        this.meter = meter;
        this.policy = policy;
        this.clock = clock;
    }

    @Nullable Next prepare(Session session) {
        try {
            observer.engine(session).prepare();
            Optional<String> image = containers.image(session, observer.engine(session));
            return image.isPresent() ? useImage(session, image.get()) : advance(session, Operation.PULLING_IMAGE);
        } catch (EngineException.Unreachable _) {
            return new Next.After(Duration.ofSeconds(2));
        } catch (EngineException e) {
            return writes.conclude(
                    session,
                    new Decision.Conclude(
                            SessionState.FAILED,
                            null,
                            "The machine could not be set up: " + e.getMessage(),
                            null,
                            clock.instant()));
        }
    }

    /** By its id: what its name means may change before the container is made. */
    @Nullable Next useImage(Session session, String imageId) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        Operation operation = Operation.STARTING_CONTAINER;
        return writes.write(now -> tx -> {
            if (!store.operation(tx, session, operation, now)) {
                return false;
            }
            attempts.image(tx, attempt.id(), imageId);
            return writes.event(
                    tx, session, now, "operation", session.state(), operation, sentence(operation, session));
        });
    }

    @Nullable Next advance(Session session, Operation operation) {
        return writes.write(now -> tx -> store.operation(tx, session, operation, now)
                && writes.event(
                        tx, session, now, "operation", session.state(), operation, sentence(operation, session)));
    }

    private static String sentence(Operation operation, Session session) {
        return switch (operation) {
            case PULLING_IMAGE -> "Pulling " + session.wanted().image();
            case STARTING_CONTAINER -> "Starting the container";
            case SETTING_UP -> "Setting up the machine";
            case NONE, PROVISIONING, STOPPING, TERMINATING -> operation.text();
        };
    }

    void pull(Session session) {
        containers.pull(session, observer.engine(session));
    }

    Next reportPull(Session session, String message) {
        if (containers.worthReporting(session.id(), message)) {
            database.useTransaction(tx ->
                    writes.event(tx, session, clock.instant(), "pull", session.state(), session.operation(), message));
        }
        return new Next.After(Duration.ofMillis(300));
    }

    @Nullable Next start(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        if (attempt.imageId() == null) {
            // It came this far under a version that did not note which image it was.
            return advance(session, Operation.PULLING_IMAGE);
        }
        MoneyOrder seen = attempt.moneyOrder();
        Instant said = clock.instant();
        MoneyEnd end = meter.end(session, said);
        // Where an earlier try may have made the container already, it was with another end.
        MoneyOrder order = new MoneyOrder(seen == null ? 1 : seen.number() + 1, end, seen == null);
        // An engine runs a container that has ended once more; whoever was left behind must not come here.
        boolean ours = database.inTransaction(tx -> {
            boolean first = store.touch(tx, session) && attempts.moneyOrder(tx, attempt.id(), seen, order);
            if (first) {
                attempts.startTried(tx, attempt.id(), said);
            }
            return first;
        });
        if (!ours) {
            return null;
        }
        try {
            containers.start(session, end, observer.engine(session));
            if (order.armed() && late(said)) {
                database.useTransaction(tx -> attempts.moneyArmed(tx, attempt.id(), order.number(), false));
            }
            return null;
        } catch (EngineException.Unreachable | EngineException.Conflict _) {
            return new Next.After(Duration.ofSeconds(1));
        } catch (ProviderFailure e) {
            return volumesNotReady(session, e);
        } catch (EngineException.NotFound _) {
            return advance(session, Operation.PULLING_IMAGE);
        } catch (EngineException.Rejected e) {
            return writes.conclude(
                    session,
                    new Decision.Conclude(
                            SessionState.FAILED,
                            null,
                            "The container could not start: " + e.getMessage(),
                            null,
                            clock.instant()));
        }
    }

    /** Intent before effect: the init obeys the highest number, and no two orders have the same. */
    @Nullable Next arm(Session session, MoneyEnd end) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        MoneyOrder seen = attempt.moneyOrder();
        MoneyOrder order = new MoneyOrder(seen == null ? 1 : seen.number() + 1, end, false);
        if (!database.inTransaction(tx -> attempts.moneyOrder(tx, attempt.id(), seen, order))) {
            return null;
        }
        Instant said = clock.instant();
        try {
            observer.engine(session)
                    .arm(attempt.container(), order.number(), end.left(said, ContainerStart.DEADLINE_SLACK));
        } catch (EngineException e) {
            LOG.warnf("session %s: its machine could not be told when its money ends: %s", session.id(), e.words());
            return new Next.After(Duration.ofSeconds(2));
        }
        database.useTransaction(tx -> attempts.moneyArmed(tx, attempt.id(), order.number(), !late(said)));
        return null;
    }

    /** Machines are told how long from now on: what took its time to get there is said once more. */
    private boolean late(Instant said) {
        return Duration.between(said, clock.instant()).compareTo(TOLD_WITHIN) > 0;
    }

    private @Nullable Next volumesNotReady(Session session, ProviderFailure failure) {
        Instant now = clock.instant();
        boolean again =
                failure instanceof ProviderFailure.Unavailable || failure instanceof ProviderFailure.RateLimited;
        if (again && now.isBefore(session.operationSince().plus(policy.startTimeout()))) {
            LOG.warnf("session %s: its volumes are not mounted yet: %s", session.id(), failure.getMessage());
            return new Next.After(Duration.ofSeconds(2));
        }
        return writes.conclude(
                session,
                new Decision.Conclude(
                        SessionState.FAILED,
                        null,
                        "The session's volumes could not be mounted: " + failure.getMessage(),
                        null,
                        now));
    }

    @Nullable Next showStarted(Session session, Instant startedAt) {
        UUID attempt = Objects.requireNonNull(session.attempt()).id();
        return writes.write(now -> tx -> {
            Instant tried = attempts.startTriedAt(tx, attempt).orElse(session.operationSince());
            Instant at = SessionWrites.between(tried, startedAt, now);
            return store.started(tx, session, at, now)
                    && writes.event(
                            tx, session, at, "state", SessionState.STARTED, Operation.NONE, "The container is running");
        });
    }

    @Nullable Next keep(Session session, Decision.Keep keep) {
        return writes.write(now -> {
            Instant endedAt = SessionWrites.between(session.times().startedAt(), keep.endedAt(), now);
            return tx -> store.kept(tx, session, keep.exitCode(), endedAt)
                    && writes.event(
                            tx,
                            session,
                            endedAt,
                            "command_ended",
                            session.state(),
                            session.operation(),
                            "The command ended with exit code %d; the machine is kept and billed until the session is ended"
                                    .formatted(keep.exitCode()));
        });
    }

    @Nullable Next signal(Session session, String signal) {
        observer.engine(session)
                .signal(Objects.requireNonNull(session.attempt()).container(), signal);
        return writes.write(now -> tx -> store.signalled(tx, session, signal, now));
    }
}
