package com.mimiry.sessions;

import com.mimiry.platform.Database;
import com.mimiry.platform.Timestamps;
import com.mimiry.providers.Provider;
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
import org.jspecify.annotations.Nullable;

/** Carries out what {@link SessionPlan} decides: look, decide, act, record, until there is nothing to do for a while. */
@Singleton
final class SessionSteps implements Reconciler.Steps {
    static final String KIND = "session";

    private static final Next AGAIN = new Next.After(Duration.ZERO);
    private static final int MOVES_MAX = 25;

    private final Database database;
    private final SessionStore store = new SessionStore();
    private final SessionReadStore reads = new SessionReadStore();
    private final AttemptStore attempts = new AttemptStore();
    private final Observer observer;
    private final Placement placement;
    private final ContainerSteps container;
    private final SessionWrites writes;
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
        this.providers = providers;
        this.meter = meter;
        this.volumes = volumes;
        this.lanes = lanes;
        this.policy = Policy.of(config);
        this.writes = new SessionWrites(database, meter, volumes, clock);
        this.container = new ContainerSteps(database, writes, containers, observer, meter, policy, clock);
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
            case Decision.GiveUp given -> giveUp(session, given);
            case Decision.WriteOff _ -> writeOff(session);
            case Decision.PrepareEngine _ -> container.prepare(session);
            case Decision.Advance(Operation operation) -> container.advance(session, operation);
            case Decision.PullImage _ -> done(() -> container.pull(session));
            case Decision.ReportPull(String message) -> container.reportPull(session, message);
            case Decision.UseImage(String id) -> container.useImage(session, id);
            case Decision.StartContainer _ -> container.start(session);
            case Decision.ShowStarted(Instant startedAt) -> container.showStarted(session, startedAt);
            case Decision.Keep keep -> container.keep(session, keep);
            case Decision.Arm(MoneyEnd end) -> container.arm(session, end);
            case Decision.RequestEnd(StopReason reason) ->
                writes.write(now -> tx -> store.endRequested(tx, session, reason, now));
            case Decision.ShowStopping(String message) ->
                writes.write(now -> tx -> store.operation(tx, session, Operation.STOPPING, now)
                        && writes.event(tx, session, now, "operation", session.state(), Operation.STOPPING, message));
            case Decision.SendSignal(String signal) -> container.signal(session, signal);
            case Decision.Conclude end -> writes.conclude(session, end);
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
                writes.conclude(session, new Decision.Conclude(SessionState.PROVISION_FAILED, null, why, null, now));
        };
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
    private @Nullable Next giveUp(Session session, Decision.GiveUp given) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        Optional<Provider> provider = providers.provider(attempt.provider());
        if (provider.isEmpty()) {
            return new Next.After(Duration.ofSeconds(30));
        }
        if (placement.giveUp(session, attempt, given.spends(), given.why())) {
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
        return writes.write(now -> tx -> {
            boolean ours = store.touch(tx, session);
            if (ours) {
                attempts.gone(tx, attempt.id(), now);
            }
            return ours;
        });
    }

    private @Nullable Next askedToDestroy(Session session, Attempt attempt) {
        return writes.write(now -> tx -> {
            boolean ours = store.touch(tx, session);
            if (ours) {
                attempts.destroyAsked(tx, attempt.id(), now);
            }
            return ours;
        });
    }

    private @Nullable Next noteAbsence(Session session, Decision.NoteAbsence note) {
        UUID tag = Objects.requireNonNull(session.attempt()).id();
        return writes.write(_ -> tx -> {
            boolean ours = store.touch(tx, session);
            if (ours) {
                attempts.absentSince(tx, tag, note.since(), note.seenAt());
            }
            return ours;
        });
    }

    private @Nullable Next noteSilence(Session session, Attempt.@Nullable Silence silence) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        return writes.write(now -> tx -> {
            if (!store.touch(tx, session)) {
                return false;
            }
            attempts.silence(tx, attempt.id(), silence);
            if (silence != null && silence.told()) {
                writes.event(
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
                writes.event(
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
        return writes.write(now -> tx -> {
            if (!store.touch(tx, session)) {
                return false;
            }
            attempts.gone(tx, tag, now);
            // Before the money: rows of volumes are locked before their organization's everywhere.
            volumes.detach(tx, session.id(), absentSince);
            meter.close(tx, session, absentSince);
            return writes.event(
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
        return writes.write(now -> tx -> store.endShown(tx, session, operation, now)
                && writes.event(tx, session, now, "state", endState, operation, "The session is " + endState.text()));
    }

    private @Nullable Next terminate(Session session, SessionState state) {
        String message = state == SessionState.TERMINATED
                ? "The session is terminated"
                : "The machine is gone; the session stays %s so that its failure can be seen".formatted(state.text());
        return writes.write(now -> tx -> {
            if (!store.terminated(tx, session, state, now)) {
                return false;
            }
            if (session.times().provisionedAt() == null) {
                // A launch that was refused only after the end was decided leaves no machine to be closed, but a hold.
                meter.close(tx, session, now);
            }
            return writes.event(tx, session, now, "state", state, Operation.NONE, message);
        });
    }

    private static @Nullable Next done(Runnable effect) {
        effect.run();
        return null;
    }
}
