package com.mimiry.sessions;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.providers.Provider.EndReason;
import com.mimiry.providers.Provider.Ended;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.sessions.Observed.ImageSight;
import com.mimiry.sessions.Observed.MachineSight;
import com.mimiry.sessions.Observed.MoneySight;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a session's life is decided: a pure function of its row, what the world shows, and the time. It may be asked any
 * number of times, after any crash; the effects are in {@link SessionSteps}.
 */
final class SessionPlan {
    private static final Duration SOON = Duration.ofMillis(200);
    private static final Duration UNSEEN = Duration.ofSeconds(2);
    /** How long a machine whose engine is silent must be missing from its provider's listings. */
    private static final Duration LOST_AFTER = Duration.ofSeconds(30);

    private static final Duration ENDED_AFTER = Duration.ofSeconds(4);
    /** How far apart those listings may be: between two that lie further apart it may have been there. */
    private static final Duration LOOKED_EVERY = Duration.ofSeconds(18);
    /** From when on a machine that is still not set up is looked for in its provider's listings: asking for them has its limits. */
    private static final Duration SLOW_SETUP = Duration.ofSeconds(10);
    /** How long a stop waits for an engine that does not answer, and after what time the session says that it does not. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    private SessionPlan() {}

    /** What has to be looked at before {@link #next} can decide. */
    enum Look {
        CONTAINER,
        MACHINE,
        IMAGE,
        LOGS,
        MONEY
    }

    static Set<Look> looks(Session session, Instant now) {
        if (session.result() != null) {
            Set<Look> looks = EnumSet.noneOf(Look.class);
            if (session.hasMachine()) {
                looks.add(Look.MACHINE);
            }
            if (!session.state().ended()) {
                looks.add(Look.LOGS);
            }
            return looks;
        }
        return switch (session.state()) {
            case SUBMITTED -> session.hasMachine() ? EnumSet.of(Look.MACHINE, Look.MONEY) : EnumSet.of(Look.MONEY);
            case PROVISIONED ->
                switch (session.operation()) {
                    case PULLING_IMAGE -> EnumSet.of(Look.IMAGE, Look.MONEY);
                    case STARTING_CONTAINER -> EnumSet.of(Look.CONTAINER, Look.MONEY);
                    case SETTING_UP, NONE, PROVISIONING, STOPPING, TERMINATING ->
                        late(session.operationSince(), SLOW_SETUP, now)
                                ? EnumSet.of(Look.MACHINE, Look.MONEY)
                                : EnumSet.of(Look.MONEY);
                };
            case STARTED -> EnumSet.of(Look.CONTAINER, Look.LOGS, Look.MONEY);
            case COMPLETED, FAILED, STOPPED, PROVISION_FAILED, TERMINATED -> EnumSet.noneOf(Look.class);
        };
    }

    static Decision next(Session session, Observed observed, Policy policy, Instant now) {
        if (session.result() != null) {
            return EndPlan.next(session, observed, policy, now);
        }
        return switch (session.state()) {
            case SUBMITTED -> placing(session, observed, policy, now);
            case PROVISIONED -> starting(session, observed, policy, now);
            case STARTED -> running(session, observed, policy, now);
            case COMPLETED, FAILED, STOPPED, PROVISION_FAILED, TERMINATED -> new Decision.Finished();
        };
    }

    private static Decision placing(Session session, Observed observed, Policy policy, Instant now) {
        if (session.endRequest() != null) {
            return stoppedEarly(session, now);
        }
        if (observed.mustStop() != null) {
            return new Decision.RequestEnd(observed.mustStop());
        }
        Attempt attempt = session.attempt();
        if (attempt == null || !attempt.mayExist()) {
            return new Decision.Place();
        }
        boolean late = late(session.times().createdAt(), policy.placementTimeout(), now);
        if (attempt.destroyAskedAt() != null) {
            return late ? notPlaced(policy, now) : givenUp(attempt, observed.machine(), policy, now);
        }
        return switch (observed.machine()) {
            case MachineSight.Listed(var machine) -> listed(machine, attempt, policy, now);
            case MachineSight.Absent(Instant listedAt) -> {
                Instant provable = attempt.createdAt().plus(policy.absenceAge());
                yield listedAt.isBefore(provable) ? new Decision.Pause(SOON) : neverMade(attempt);
            }
            case MachineSight.Unseen _ -> late ? notPlaced(policy, now) : new Decision.Pause(UNSEEN);
        };
    }

    /** Nobody said no to it; and where this server died before it could note an answer, nobody may even have been asked. */
    private static Decision neverMade(Attempt attempt) {
        return new Decision.GiveUp(
                "There is no machine: it is in no listing of its provider.",
                attempt.status() == Attempt.Status.INTENDED ? Spends.NOTHING : Spends.TRY);
    }

    /** What was given up may still be there, and have the session's volumes: the next one waits until it is proven gone. */
    private static Decision givenUp(Attempt attempt, MachineSight sight, Policy policy, Instant now) {
        Decision decision = EndPlan.release(attempt, sight, policy, now);
        return decision instanceof Decision.CloseMachine ? new Decision.WriteOff() : decision;
    }

    /** What may be left of the last attempt is followed until it is proven gone, as after every other end. */
    private static Decision notPlaced(Policy policy, Instant now) {
        return new Decision.Conclude(
                SessionState.PROVISION_FAILED,
                null,
                "No machine could be had within %s; the events tell what each provider said."
                        .formatted(words(policy.placementTimeout())),
                null,
                now);
    }

    private static Decision listed(Machine machine, Attempt attempt, Policy policy, Instant now) {
        return switch (machine.state()) {
            case RUNNING -> new Decision.Adopt(machine);
            case STARTING ->
                late(attempt.createdAt(), policy.bootTimeout(), now)
                        ? new Decision.GiveUp(
                                "The machine did not start within %s%s."
                                        .formatted(words(policy.bootTimeout()), said(machine)),
                                Spends.ATTEMPT)
                        : new Decision.Pause(UNSEEN);
            case ENDING ->
                new Decision.GiveUp(
                        "The provider took the machine back before it had started%s.".formatted(said(machine)),
                        Spends.ATTEMPT);
        };
    }

    /** Its provider's own words. */
    private static String said(Machine machine) {
        return machine.detail() == null ? "" : " (" + machine.detail() + ")";
    }

    private static Decision starting(Session session, Observed observed, Policy policy, Instant now) {
        if (session.endRequest() != null) {
            return stoppedEarly(session, now);
        }
        if (observed.mustStop() != null) {
            return new Decision.RequestEnd(observed.mustStop());
        }
        Decision gone = engineAnswers(session, observed) ? null : gone(session, observed, now);
        if (gone != null && !(gone instanceof Decision.Pause)) {
            return gone;
        }
        Instant since = session.operationSince();
        return switch (session.operation()) {
            case SETTING_UP ->
                late(since, policy.setupTimeout(), now)
                        ? failed("The machine was not ready within %s.", policy.setupTimeout(), now)
                        : new Decision.PrepareEngine();
            case PULLING_IMAGE -> pulling(session, observed, policy, now);
            case STARTING_CONTAINER -> startingContainer(session, observed, policy, now);
            case NONE, PROVISIONING, STOPPING, TERMINATING -> new Decision.Advance(Operation.SETTING_UP);
        };
    }

    /** Whether it is known to; a machine that is being set up for long counts as silent until it is ready. */
    private static boolean engineAnswers(Session session, Observed observed) {
        return switch (session.operation()) {
            case PULLING_IMAGE -> !(observed.image() instanceof ImageSight.Unseen);
            case STARTING_CONTAINER -> observed.container() != null;
            case SETTING_UP, NONE, PROVISIONING, STOPPING, TERMINATING -> false;
        };
    }

    private static Decision pulling(Session session, Observed observed, Policy policy, Instant now) {
        return switch (observed.image()) {
            case ImageSight.Present(String id) -> new Decision.UseImage(id);
            case ImageSight.Refused(String words) ->
                new Decision.Conclude(
                        SessionState.FAILED,
                        null,
                        "The image %s could not be pulled: %s"
                                .formatted(session.wanted().image(), words),
                        null,
                        now);
            case ImageSight.Missing _ -> new Decision.PullImage();
            case ImageSight.Pulling(String progress) ->
                late(session.operationSince(), policy.pullTimeout(), now)
                        ? failed("The image did not arrive within %s.", policy.pullTimeout(), now)
                        : new Decision.ReportPull(progress);
            case ImageSight.Unseen _ ->
                late(session.operationSince(), policy.pullTimeout(), now)
                        ? failed("The machine's container engine did not answer for %s.", policy.pullTimeout(), now)
                        : new Decision.Pause(UNSEEN);
        };
    }

    private static Decision startingContainer(Session session, Observed observed, Policy policy, Instant now) {
        ContainerStatus container = observed.container();
        if (container == null) {
            return late(session.operationSince(), policy.startTimeout(), now)
                    ? failed("The machine's container engine did not answer for %s.", policy.startTimeout(), now)
                    : new Decision.Pause(UNSEEN);
        }
        return switch (container) {
            case ContainerStatus.Absent _, ContainerStatus.Created _ -> new Decision.StartContainer();
            case ContainerStatus.Running(Instant startedAt) -> new Decision.ShowStarted(startedAt);
            case ContainerStatus.Exited exited -> new Decision.ShowStarted(exited.startedAt());
        };
    }

    private static Decision running(Session session, Observed observed, Policy policy, Instant now) {
        ContainerStatus container = observed.container();
        if (container == null) {
            return silent(session, observed, now);
        }
        return switch (container) {
            case ContainerStatus.Running _ -> alive(session, observed, policy, now);
            case ContainerStatus.Absent _, ContainerStatus.Created _, ContainerStatus.Exited _ ->
                EndPlan.over(session, observed, container, policy, now);
        };
    }

    /**
     * Unreachable is not dead: nothing is concluded from silence, only from the provider's word that there is no machine. But who wants the session to end need not wait for the
     * engine to come back: its machine is then destroyed for as long as that takes.
     */
    private static Decision silent(Session session, Observed observed, Instant now) {
        Session.EndRequest end = session.endRequest();
        if (end == null) {
            Decision gone = gone(session, observed, now);
            if (gone != null) {
                return gone;
            }
            StopReason due = due(session, observed, now);
            return due == null ? noteSilence(session, now) : new Decision.RequestEnd(due);
        }
        if (session.operation() != Operation.STOPPING) {
            return new Decision.ShowStopping("Stopping: " + end.reason().sentence());
        }
        return now.isBefore(end.at().plus(SILENCE_MAX))
                ? new Decision.Pause(UNSEEN)
                : new Decision.Conclude(SessionState.STOPPED, session.exitCode(), null, end.reason(), now);
    }

    private static Decision noteSilence(Session session, Instant now) {
        Attempt.Silence silence = Objects.requireNonNull(session.attempt()).silence();
        if (silence == null) {
            return new Decision.NoteSilence(new Attempt.Silence(now, false));
        }
        return silence.told() || now.isBefore(silence.since().plus(SILENCE_MAX))
                ? new Decision.Pause(UNSEEN)
                : new Decision.NoteSilence(new Attempt.Silence(silence.since(), true));
    }

    /**
     * Complete listings without the machine, or with one that its provider is ending, one after the other for a while, are
     * that word: nobody asked for its end, so a wrong one would take a running session from its owner. Null = it may be there.
     */
    private static @Nullable Decision gone(Session session, Observed observed, Instant now) {
        Attempt attempt = Objects.requireNonNull(session.attempt());
        return switch (observed.machine()) {
            case MachineSight.Unseen _ -> null;
            case MachineSight.Listed(Machine machine) ->
                switch (machine.state()) {
                    case STARTING, RUNNING -> attempt.absentSince() == null ? null : new Decision.NoteAbsence(null);
                    case ENDING ->
                        gone(
                                session,
                                attempt,
                                now,
                                null,
                                "The machine is lost: its provider has ended it%s.".formatted(said(machine)));
                };
            case MachineSight.Absent(Instant listedAt) -> {
                Ended ended = observed.endedByProvider();
                yield gone(session, attempt, listedAt, ended, gone(ended));
            }
        };
    }

    static String gone(@Nullable Ended ended) {
        return "The machine is gone: " + (ended == null ? "its provider lists it no more." : ended.sentence());
    }

    /** @param ended what its provider says of it; that needs less patience than what it only does not show */
    private static Decision gone(
            Session session, Attempt attempt, Instant listedAt, @Nullable Ended ended, String words) {
        Instant since = attempt.absentSince();
        Instant seen = attempt.absentSeenAt();
        if (since == null || seen == null || listedAt.isAfter(seen.plus(LOOKED_EVERY))) {
            return new Decision.NoteAbsence(listedAt);
        }
        if (!listedAt.isBefore(since.plus(ended == null ? LOST_AFTER : ENDED_AFTER))) {
            return lost(session, ended, words, since);
        }
        return listedAt.isBefore(seen.plus(UNSEEN))
                ? new Decision.Pause(UNSEEN)
                : new Decision.NoteAbsence(since, listedAt);
    }

    static Decision lost(Session session, @Nullable Ended ended, String words, Instant since) {
        boolean reclaimed = ended != null && ended.reason() == EndReason.SPOT_RECLAIMED;
        return new Decision.Conclude(
                reclaimed ? SessionState.STOPPED : SessionState.FAILED,
                session.exitCode(),
                words,
                reclaimed ? StopReason.SPOT_RECLAIMED : StopReason.PROVIDER_LOST,
                since);
    }

    private static Decision alive(Session session, Observed observed, Policy policy, Instant now) {
        if (Objects.requireNonNull(session.attempt()).silence() != null) {
            return new Decision.NoteSilence(null);
        }
        var ended = observed.commandEnded();
        if (ended != null && ended.kept() && session.exitCode() == null) {
            return new Decision.Keep(ended.exitCode(), ended.at());
        }
        if (session.endRequest() != null) {
            return stopping(session, session.endRequest(), policy, now);
        }
        StopReason due = due(session, observed, now);
        if (due != null) {
            return new Decision.RequestEnd(due);
        }
        return switch (observed.money()) {
            case MoneySight.Lasts(MoneyEnd end) when !armed(session, end, now) -> new Decision.Arm(end);
            case MoneySight.Lasts _, MoneySight.Over _, MoneySight.Unasked _ ->
                new Decision.Pause(pollOf(session, policy, now));
        };
    }

    /** Whether the machine knows already, or nearly. */
    private static boolean armed(Session session, MoneyEnd end, Instant now) {
        MoneyOrder order = Objects.requireNonNull(session.attempt()).moneyOrder();
        return order != null && order.armed() && end.closeTo(order.end(), now);
    }

    private static @Nullable StopReason due(Session session, Observed observed, Instant now) {
        Duration max = session.wanted().maxDuration();
        Instant started = session.times().startedAt();
        if (max != null && started != null && !now.isBefore(started.plus(max))) {
            return StopReason.TIMED_OUT;
        }
        return observed.mustStop();
    }

    /** A young session is looked at often, since short commands end soon; the time limit is met to the moment. */
    private static Duration pollOf(Session session, Policy policy, Instant now) {
        Instant started = Objects.requireNonNullElse(session.times().startedAt(), now);
        Duration age = Duration.between(started, now);
        Duration poll = age.compareTo(Duration.ofSeconds(15)) < 0 ? policy.youngPoll() : policy.runningPoll();
        Duration max = session.wanted().maxDuration();
        if (max == null) {
            return poll;
        }
        Duration left = max.minus(age);
        return left.compareTo(poll) < 0 ? left.plusMillis(1) : poll;
    }

    private static Decision stopping(Session session, Session.EndRequest end, Policy policy, Instant now) {
        if (session.operation() != Operation.STOPPING) {
            return new Decision.ShowStopping("Stopping: " + end.reason().sentence());
        }
        boolean mayEndByItself = end.reason() == StopReason.USER_REQUESTED
                && session.wanted().command() != null
                && session.exitCode() == null;
        Instant termAt = mayEndByItself ? end.at().plus(policy.deleteGrace()) : end.at();
        if (end.termSentAt() == null) {
            return now.isBefore(termAt) ? pauseUntil(termAt, now) : new Decision.SendSignal("SIGTERM");
        }
        Instant lastSignal = end.killSentAt() == null ? end.termSentAt() : end.killSentAt();
        Instant killAt = lastSignal.plus(policy.killAfter());
        return now.isBefore(killAt) ? pauseUntil(killAt, now) : new Decision.SendSignal("SIGKILL");
    }

    private static Decision pauseUntil(Instant at, Instant now) {
        Duration left = Duration.between(now, at);
        return new Decision.Pause(left.compareTo(SOON) > 0 ? SOON : left.plusMillis(1));
    }

    private static Decision stoppedEarly(Session session, Instant now) {
        StopReason reason = Objects.requireNonNull(session.endRequest()).reason();
        return new Decision.Conclude(SessionState.STOPPED, null, null, reason, now);
    }

    private static boolean late(Instant since, Duration limit, Instant now) {
        return now.isAfter(since.plus(limit));
    }

    private static Decision failed(String message, Duration limit, Instant now) {
        return new Decision.Conclude(SessionState.FAILED, null, message.formatted(words(limit)), null, now);
    }

    private static String words(Duration limit) {
        return limit.toString().substring(2).toLowerCase(java.util.Locale.ROOT);
    }
}
