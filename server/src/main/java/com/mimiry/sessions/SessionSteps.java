package com.mimiry.sessions;

import com.mimiry.containers.EngineException;
import com.mimiry.platform.Database;
import com.mimiry.platform.Timestamps;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Lanes;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import com.mimiry.volumes.SessionVolumes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Carries out what {@link SessionPlan} decides: look, decide, act, record, until there is nothing to do for a while. */
@Singleton
final class SessionSteps implements Reconciler.Steps {
    private static final Logger LOG = Logger.getLogger(SessionSteps.class);

    static final String KIND = "session";

    private static final Next AGAIN = new Next.After(Duration.ZERO);
    private static final int MOVES_MAX = 25;
    private static final Duration TOLD_WITHIN = Duration.ofSeconds(3);

    private final Database database;
    private final SessionStore store = new SessionStore();
    private final SessionReadStore reads = new SessionReadStore();
    private final AttemptStore attempts = new AttemptStore();
    private final Observer observer;
    private final Placement placement;
    private final ContainerStart containers;
    private final MachineListings providers;
    private final SessionMeter meter;
    private final SessionVolumes volumes;
    private final Lanes lanes;
    private final Policy policy;
    private final Clock clock;

    SessionSteps(
            Database database,
            Observer observer,
            Placement placement,
            ContainerStart containers,
            MachineListings providers,
            SessionMeter meter,
            SessionVolumes volumes,
            Lanes lanes,
            SessionConfig config,
            Clock clock) {
        this.database = database;
        this.observer = observer;
        this.placement = placement;
        this.containers = containers;
        this.providers = providers;
        this.meter = meter;
        this.volumes = volumes;
        this.lanes = lanes;
        this.policy = Policy.of(config);
        this.clock = clock;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Next step(UUID id) {
        for (int i = 0; i < MOVES_MAX; i++) {
            Optional<Session> found = database.read(tx -> reads.find(tx, id));
            if (found.isEmpty()) {
                return new Next.Done();
            }
            Session session = found.get();
            Next next = inLane(session);
            if (next != null) {
                return next;
            }
        }
        return AGAIN;
    }

    /** The provider may have become known, or another one, since this step began. */
    private @Nullable Next inLane(Session session) {
        Attempt attempt = session.attempt();
        if (attempt == null) {
            return lookAndAct(session);
        }
        Lanes.Pass pass = lanes.enter(attempt.provider()).orElse(null);
        if (pass == null) {
            return new Next.After(lanes.pause(attempt.provider()));
        }
        try (pass) {
            return lookAndAct(session);
        }
    }

    private @Nullable Next lookAndAct(Session session) {
        Observed observed = observer.look(session, clock.instant());
        return act(session, SessionPlan.next(session, observed, policy.paced(observer.followed()), clock.instant()));
    }

    /** @return when to look again; null = at once */
    private @Nullable Next act(Session session, Decision decision) {
        return switch (decision) {
            case Decision.Pause(Duration duration) -> new Next.After(duration);
            case Decision.Finished _ -> new Next.Done();
            case Decision.Place _ -> place(session);
            case Decision.Adopt(Provider.Machine machine) -> done(() -> placement.adopt(session.id(), machine));
            case Decision.GiveUp(String why) -> giveUp(session, why);
            case Decision.WriteOff _ -> writeOff(session);
            case Decision.PrepareEngine _ -> prepare(session);
            case Decision.Advance(Operation operation) -> done(() -> advance(session, operation));
            case Decision.PullImage _ -> done(() -> containers.pull(session, observer.engine(session)));
            case Decision.ReportPull(String message) -> reportPull(session, message);
            case Decision.UseImage(String id) -> useImage(session, id);
            case Decision.StartContainer _ -> startContainer(session);
            case Decision.ShowStarted(Instant startedAt) -> showStarted(session, startedAt);
            case Decision.Keep keep -> keep(session, keep);
            case Decision.Arm(MoneyEnd end) -> arm(session, end);
            case Decision.RequestEnd(StopReason reason) ->
                write(now -> tx -> store.endRequested(tx, session, reason, now));
            case Decision.ShowStopping(String message) ->
                write(now -> tx -> store.operation(tx, session, Operation.STOPPING, now)
                        && event(tx, session, now, "operation", session.state(), Operation.STOPPING, message));
            case Decision.SendSignal(String signal) -> signal(session, signal);
            case Decision.Conclude end -> conclude(session, end);
            case Decision.Destroy _ -> destroy(session);
            case Decision.NoteAbsence note -> noteAbsence(session, note);
            case Decision.NoteSilence(Attempt.Silence silence) -> noteSilence(session, silence);
            case Decision.CloseMachine(Instant absentSince) -> closeMachine(session, absentSince);
            case Decision.ShowEnd _ -> showEnd(session);
            case Decision.Terminate(SessionState state) -> terminate(session, state);
        };
    }

    private @Nullable Next place(Session session) {
        Instant now = clock.instant();
        boolean late = now.isAfter(session.times().createdAt().plus(policy.placementTimeout()));
        Placement.Tried tried = late
                ? new Placement.Tried.Nothing("No machine could be had within %d minutes."
                        .formatted(policy.placementTimeout().toMinutes()))
                : placement.tryNext(session);
        return switch (tried) {
            case Placement.Tried.Asked _ -> null;
            case Placement.Tried.Later(Duration pause) -> new Next.After(pause);
            case Placement.Tried.Nothing(String why) ->
                conclude(session, new Decision.Conclude(SessionState.PROVISION_FAILED, null, why, null, now));
        };
    }

    private @Nullable Next prepare(Session session) {
        try {
            observer.engine(session).prepare();
            Optional<String> image = containers.image(session, observer.engine(session));
            return image.isPresent()
                    ? useImage(session, image.get())
                    : done(() -> advance(session, Operation.PULLING_IMAGE));
        } catch (EngineException.Unreachable _) {
            return new Next.After(Duration.ofSeconds(2));
        } catch (EngineException e) {
            return conclude(
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
    private @Nullable Next useImage(Session session, String imageId) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        Operation operation = Operation.STARTING_CONTAINER;
        return write(now -> tx -> {
            if (!store.operation(tx, session, operation, now)) {
                return false;
            }
            attempts.image(tx, attempt.id(), imageId);
            return event(tx, session, now, "operation", session.state(), operation, sentence(operation, session));
        });
    }

    private void advance(Session session, Operation operation) {
        write(now -> tx -> store.operation(tx, session, operation, now)
                && event(tx, session, now, "operation", session.state(), operation, sentence(operation, session)));
    }

    private static String sentence(Operation operation, Session session) {
        return switch (operation) {
            case PULLING_IMAGE -> "Pulling " + session.wanted().image();
            case STARTING_CONTAINER -> "Starting the container";
            case SETTING_UP -> "Setting up the machine";
            case NONE, PROVISIONING, STOPPING, TERMINATING -> operation.text();
        };
    }

    private Next reportPull(Session session, String message) {
        if (containers.worthReporting(session.id(), message)) {
            database.useTransaction(
                    tx -> event(tx, session, clock.instant(), "pull", session.state(), session.operation(), message));
        }
        return new Next.After(Duration.ofMillis(300));
    }

    private @Nullable Next startContainer(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        if (attempt.imageId() == null) {
            // It came this far under a version that did not note which image it was.
            return done(() -> advance(session, Operation.PULLING_IMAGE));
        }
        MoneyOrder seen = attempt.moneyOrder();
        Instant said = clock.instant();
        MoneyEnd end = meter.end(session, said);
        // Where an earlier try may have made the container already, it was with another end.
        MoneyOrder order = new MoneyOrder(seen == null ? 1 : seen.number() + 1, end, seen == null);
        // An engine runs a container that has ended once more; whoever was left behind must not come here.
        if (!database.inTransaction(
                tx -> store.touch(tx, session) && attempts.moneyOrder(tx, attempt.id(), seen, order))) {
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
            advance(session, Operation.PULLING_IMAGE);
            return null;
        } catch (EngineException.Rejected e) {
            return conclude(
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
    private @Nullable Next arm(Session session, MoneyEnd end) {
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
        return conclude(
                session,
                new Decision.Conclude(
                        SessionState.FAILED,
                        null,
                        "The session's volumes could not be mounted: " + failure.getMessage(),
                        null,
                        now));
    }

    private @Nullable Next showStarted(Session session, Instant startedAt) {
        return write(now -> {
            // It was not started before this was begun.
            Instant at = between(session.operationSince(), startedAt, now);
            return tx -> store.started(tx, session, at, now)
                    && event(
                            tx, session, at, "state", SessionState.STARTED, Operation.NONE, "The container is running");
        });
    }

    /** A machine's clock may be off, so its times are put where they can have been. */
    private static Instant between(@Nullable Instant earliest, Instant said, Instant now) {
        Instant past = said.isAfter(now) ? now : said;
        return earliest != null && past.isBefore(earliest) ? earliest : past;
    }

    private @Nullable Next keep(Session session, Decision.Keep keep) {
        return write(now -> {
            Instant endedAt = between(session.times().startedAt(), keep.endedAt(), now);
            return tx -> store.kept(tx, session, keep.exitCode(), endedAt)
                    && event(
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

    private @Nullable Next signal(Session session, String signal) {
        observer.engine(session)
                .signal(Objects.requireNonNull(session.attempt()).container(), signal);
        return write(now -> tx -> store.signalled(tx, session, signal, now));
    }

    private @Nullable Next conclude(Session session, Decision.Conclude end) {
        String message = Objects.requireNonNullElseGet(
                end.error(),
                () -> end.stopReason() == null
                        ? "The command ended with exit code " + end.exitCode()
                        : "Stopped: " + end.stopReason().sentence());
        return write(now -> {
            Session.Times times = session.times();
            Instant earliest = times.startedAt() == null ? times.provisionedAt() : times.startedAt();
            Instant endedAt = between(earliest, end.endedAt(), now);
            return tx -> {
                if (!store.concluded(tx, session, end, endedAt)) {
                    return false;
                }
                if (!session.hasMachine()) {
                    volumes.detach(tx, session.id(), endedAt);
                    meter.close(tx, session, endedAt);
                }
                return event(tx, session, endedAt, "end", session.state(), session.operation(), message);
            };
        });
    }

    private @Nullable Next destroy(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        Optional<Provider> provider = providers.provider(attempt.provider());
        if (provider.isEmpty()) {
            return new Next.After(Duration.ofSeconds(30));
        }
        provider.get().destroy(attempt.id());
        return askedToDestroy(session, attempt);
    }

    /** Intent before effect: nobody may adopt the machine any more when its end is asked for. */
    private @Nullable Next giveUp(Session session, String why) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        Optional<Provider> provider = providers.provider(attempt.provider());
        if (provider.isEmpty()) {
            return new Next.After(Duration.ofSeconds(30));
        }
        if (placement.giveUp(session, attempt, why)) {
            provider.get().destroy(attempt.id());
        }
        return null;
    }

    /** A launch may still be on its way, so its end is asked for once more before the next candidate is tried. */
    private @Nullable Next writeOff(Session session) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        Optional<Provider> provider = providers.provider(attempt.provider());
        if (provider.isEmpty()) {
            return new Next.After(Duration.ofSeconds(30));
        }
        provider.get().destroy(attempt.id());
        return write(now -> tx -> {
            boolean ours = store.touch(tx, session);
            if (ours) {
                attempts.gone(tx, attempt.id(), now);
            }
            return ours;
        });
    }

    private @Nullable Next askedToDestroy(Session session, Attempt attempt) {
        return write(now -> tx -> {
            boolean ours = store.touch(tx, session);
            if (ours) {
                attempts.destroyAsked(tx, attempt.id(), now);
            }
            return ours;
        });
    }

    private @Nullable Next noteAbsence(Session session, Decision.NoteAbsence note) {
        UUID tag = Objects.requireNonNull(session.attempt()).id();
        return write(_ -> tx -> {
            boolean ours = store.touch(tx, session);
            if (ours) {
                attempts.absentSince(tx, tag, note.since(), note.seenAt());
            }
            return ours;
        });
    }

    private @Nullable Next noteSilence(Session session, Attempt.@Nullable Silence silence) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        return write(now -> tx -> {
            if (!store.touch(tx, session)) {
                return false;
            }
            attempts.silence(tx, attempt.id(), silence);
            if (silence != null && silence.told()) {
                event(
                        tx,
                        session,
                        now,
                        "machine_silent",
                        session.state(),
                        session.operation(),
                        "The machine has not answered since %s. The session goes on until its provider says that there is no machine."
                                .formatted(Timestamps.format(silence.since())));
            } else if (silence == null
                    && attempt.silence() != null
                    && attempt.silence().told()) {
                event(
                        tx,
                        session,
                        now,
                        "machine_answers",
                        session.state(),
                        session.operation(),
                        "The machine answers again");
            }
            return true;
        });
    }

    private @Nullable Next closeMachine(Session session, Instant absentSince) {
        UUID tag = Objects.requireNonNull(session.attempt()).id();
        return write(now -> tx -> {
            if (!store.touch(tx, session)) {
                return false;
            }
            attempts.gone(tx, tag, now);
            // Before the money: rows of volumes are locked before their organization's everywhere.
            volumes.detach(tx, session.id(), absentSince);
            meter.close(tx, session, absentSince);
            return event(
                    tx,
                    session,
                    absentSince,
                    "machine_gone",
                    session.state(),
                    session.operation(),
                    "The machine is gone");
        });
    }

    private @Nullable Next showEnd(Session session) {
        Operation operation = session.hasMachine() ? Operation.TERMINATING : Operation.NONE;
        SessionState endState = Objects.requireNonNull(session.result()).endState();
        return write(now -> tx -> store.endShown(tx, session, operation, now)
                && event(tx, session, now, "state", endState, operation, "The session is " + endState.text()));
    }

    private @Nullable Next terminate(Session session, SessionState state) {
        String message = state == SessionState.TERMINATED
                ? "The session is terminated"
                : "The machine is gone; the session stays %s so that its failure can be seen".formatted(state.text());
        return write(now -> tx -> {
            if (!store.terminated(tx, session, state, now)) {
                return false;
            }
            if (session.times().provisionedAt() == null) {
                // A launch that was refused only after the end was decided leaves no machine to be closed, but a hold.
                meter.close(tx, session, now);
            }
            return event(tx, session, now, "state", state, Operation.NONE, message);
        });
    }

    private boolean event(
            Transaction tx,
            Session session,
            Instant at,
            String type,
            SessionState state,
            Operation operation,
            String message) {
        store.addEvent(tx, session.id(), at, type, state, operation, message);
        return true;
    }

    /** Writes what was decided; where the row has moved on meanwhile, the decision is dropped and made anew. */
    private @Nullable Next write(Function<Instant, Predicate<Transaction>> change) {
        Predicate<Transaction> guarded = change.apply(clock.instant());
        boolean held = database.inTransaction(guarded::test);
        if (!held) {
            LOG.debug("the row had moved on; deciding anew");
        }
        return null;
    }

    private static @Nullable Next done(Runnable effect) {
        effect.run();
        return null;
    }
}
