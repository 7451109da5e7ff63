package com.mimiry.sessions;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.InitLine;
import com.mimiry.providers.Provider.Ended;
import com.mimiry.sessions.Observed.MachineSight;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The second half of {@link SessionPlan}: how a session ended, when that is shown, and that its machine goes. Pure. */
final class EndPlan {
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration DESTROY_AGAIN = Duration.ofSeconds(10);
    private static final Duration UNSEEN = Duration.ofSeconds(2);
    /** How long the end of a container that nothing explains waits for its provider's word on the machine: the one may show before the other. */
    private static final Duration EXPLAINED_WITHIN = Duration.ofSeconds(10);

    private static final int KILLED = 137;

    private EndPlan() {}

    /** The container is no longer running: when all its output is here, say how it ended. */
    static Decision over(Session session, Observed observed, ContainerStatus container, Policy policy, Instant now) {
        if (session.operation() != Operation.STOPPING) {
            return new Decision.ShowStopping("The container has ended; reading the rest of its output");
        }
        boolean drained = observed.logs().drained();
        if (!drained && now.isBefore(lookedSince(session, observed).plus(policy.drainTimeout()))) {
            return new Decision.Pause(SOON);
        }
        Ended ended = observed.endedByProvider();
        if (unexplained(session, observed) && ended != null) {
            return SessionPlan.lost(session, ended, SessionPlan.gone(ended), now);
        }
        if (unexplained(session, observed)
                && now.isBefore(session.operationSince().plus(EXPLAINED_WITHIN))) {
            return new Decision.Pause(UNSEEN);
        }
        return switch (container) {
            case ContainerStatus.Exited exited -> conclude(session, observed, exited);
            case ContainerStatus.Created _, ContainerStatus.Absent _, ContainerStatus.Running _ ->
                vanished(session, now);
        };
    }

    /** Only while somebody looks can the rest of its output come. */
    private static Instant lookedSince(Session session, Observed observed) {
        Instant seen = observed.endSeenSince();
        return seen != null && seen.isAfter(session.operationSince()) ? seen : session.operationSince();
    }

    /** Whether a container is over without anybody's having ended it, as far as is known: its machine may be. */
    static boolean unexplained(Session session, Observed observed) {
        InitLine.CommandEnded ended = observed.commandEnded();
        return session.endRequest() == null
                && session.exitCode() == null
                && observed.endedByInit() == null
                && (ended == null || ended.terminated())
                && switch (observed.container()) {
                    case null -> false;
                    case ContainerStatus.Running _ -> false;
                    case ContainerStatus.Absent _, ContainerStatus.Created _ -> true;
                    case ContainerStatus.Exited exited -> exited.error().isEmpty() && !exited.outOfMemory();
                };
    }

    private static Decision vanished(Session session, Instant now) {
        Session.EndRequest end = session.endRequest();
        if (end != null) {
            return new Decision.Conclude(
                    SessionState.STOPPED, session.exitCode(), null, end.reason(), endedAt(session, now));
        }
        if (session.exitCode() != null) {
            return byExitCode(session.exitCode(), endedAt(session, now));
        }
        return new Decision.Conclude(
                SessionState.FAILED,
                null,
                "The container disappeared from its machine without having ended.",
                StopReason.PROVIDER_LOST,
                now);
    }

    private static Decision conclude(Session session, Observed observed, ContainerStatus.Exited exited) {
        var ended = observed.commandEnded();
        boolean hasCommand = session.wanted().command() != null;
        Instant finishedAt = exited.finishedAt();
        if (session.exitCode() != null) {
            return afterKeeping(session, observed, session.exitCode(), finishedAt);
        }
        Integer exitCode = hasCommand ? (Integer) exited.exitCode() : null;
        Session.EndRequest end = session.endRequest();
        StopReason byInit = byInit(session, observed);
        if (byInit != null) {
            return new Decision.Conclude(SessionState.STOPPED, exitCode, null, byInit, finishedAt);
        }
        if (end != null) {
            return ended != null && !ended.terminated() && end.termSentAt() == null
                    ? byExitCode(ended.exitCode(), ended.at())
                    : new Decision.Conclude(SessionState.STOPPED, exitCode, null, end.reason(), finishedAt);
        }
        if (exited.outOfMemory() && exited.exitCode() != 0) {
            return new Decision.Conclude(SessionState.FAILED, exitCode, outOfMemory(session), null, finishedAt);
        }
        if (ended != null && !ended.terminated()) {
            return byExitCode(ended.exitCode(), ended.at());
        }
        return lost(exited, exitCode, ended != null);
    }

    /** Why the init ended everything by itself; null = it did not. */
    private static @Nullable StopReason byInit(Session session, Observed observed) {
        return switch (observed.endedByInit()) {
            case null -> null;
            case InitLine.DeadlineReached _ -> StopReason.TIMED_OUT;
            case InitLine.Unpaid _ -> {
                MoneyOrder order = Objects.requireNonNull(session.attempt()).moneyOrder();
                yield order == null || order.end().reason() == null
                        ? StopReason.BALANCE_DEPLETED
                        : order.end().reason();
            }
            case InitLine.CommandEnded _ -> null;
        };
    }

    /** The command's own end is what counts; the machine was kept only to look around. */
    private static Decision afterKeeping(Session session, Observed observed, int exitCode, Instant finishedAt) {
        Session.EndRequest end = session.endRequest();
        Instant endedAt = endedAt(session, finishedAt);
        StopReason byInit = byInit(session, observed);
        if (byInit != null) {
            return new Decision.Conclude(SessionState.STOPPED, exitCode, null, byInit, endedAt);
        }
        if (end != null && !endedAfterAsking(end, endedAt)) {
            return new Decision.Conclude(SessionState.STOPPED, exitCode, null, end.reason(), endedAt);
        }
        return byExitCode(exitCode, endedAt);
    }

    /** By itself, in the moment that is given for that. */
    private static boolean endedAfterAsking(Session.EndRequest end, Instant endedAt) {
        return end.reason() == StopReason.USER_REQUESTED
                && !endedAt.isBefore(end.at())
                && (end.termSentAt() == null || endedAt.isBefore(end.termSentAt()));
    }

    private static Instant endedAt(Session session, Instant otherwise) {
        return Objects.requireNonNullElse(session.times().endedAt(), otherwise);
    }

    private static Decision byExitCode(int exitCode, Instant at) {
        return exitCode == 0
                ? new Decision.Conclude(SessionState.COMPLETED, 0, null, null, at)
                : new Decision.Conclude(SessionState.FAILED, exitCode, explain(exitCode), null, at);
    }

    private static String explain(int exitCode) {
        return switch (exitCode) {
            case 126 -> "The command could not be executed (exit code 126); see the logs.";
            case 127 -> "The command was not found in the image (exit code 127); see the logs.";
            case KILLED -> "The command was killed (exit code 137).";
            default -> "The command ended with exit code %d; see the logs.".formatted(exitCode);
        };
    }

    private static String outOfMemory(Session session) {
        Attempt attempt = session.attempt();
        long limit = attempt == null ? 0 : attempt.limits().memoryBytes();
        String size = limit == 0 ? "" : " of %.1f GiB".formatted(limit / (double) (1L << 30));
        return "Out of memory: the kernel killed the command at its memory limit%s.".formatted(size);
    }

    private static Decision lost(ContainerStatus.Exited exited, @Nullable Integer exitCode, boolean asked) {
        if (!exited.error().isEmpty()) {
            return new Decision.Conclude(
                    SessionState.FAILED,
                    exitCode,
                    "The container could not run: " + exited.error(),
                    null,
                    exited.finishedAt());
        }
        String how = asked
                ? "was stopped from outside"
                : "was killed together with its init (exit code %d)".formatted(exited.exitCode());
        return new Decision.Conclude(
                SessionState.FAILED,
                exitCode,
                "The container %s: its machine or container engine went down.".formatted(how),
                StopReason.PROVIDER_LOST,
                exited.finishedAt());
    }

    /** The end is decided: free the machine at once, show the end when clients have had time to see what came before. */
    static Decision next(Session session, Observed observed, Policy policy, Instant now) {
        if (!session.state().ended() && !now.isBefore(showAt(session, observed, policy))) {
            return new Decision.ShowEnd();
        }
        if (session.hasMachine()) {
            return release(Objects.requireNonNull(session.attempt()), observed.machine(), policy, now);
        }
        if (!session.state().ended()) {
            return pauseUntil(showAt(session, observed, policy), now);
        }
        return close(session, policy, now);
    }

    private static Instant showAt(Session session, Observed observed, Policy policy) {
        Instant at = session.times().updatedAt();
        Instant shown = session.times().startedShownAt();
        if (shown != null && shown.plus(policy.shownAtLeast()).isAfter(at)) {
            at = shown.plus(policy.shownAtLeast());
        }
        Instant readable = observed.logs().lastReadableAt();
        if (readable != null && readable.plus(policy.settleAfterLogs()).isAfter(at)) {
            at = readable.plus(policy.settleAfterLogs());
        }
        return at;
    }

    /** Of a machine that is not wanted any more: ask for its end until it is proven gone. */
    static Decision release(Attempt attempt, MachineSight sight, Policy policy, Instant now) {
        Instant asked = attempt.destroyAskedAt();
        if (asked == null) {
            return new Decision.Destroy();
        }
        return switch (sight) {
            case MachineSight.Unseen _ -> new Decision.Pause(UNSEEN);
            case MachineSight.Listed _ -> {
                if (attempt.absentSince() != null) {
                    yield new Decision.NoteAbsence(null);
                }
                yield now.isBefore(asked.plus(DESTROY_AGAIN)) ? new Decision.Pause(UNSEEN) : new Decision.Destroy();
            }
            case MachineSight.Absent(Instant listedAt) -> absent(attempt, asked, listedAt, policy, now);
        };
    }

    private static Decision absent(Attempt attempt, Instant asked, Instant listedAt, Policy policy, Instant now) {
        Instant since = attempt.absentSince();
        if (since == null) {
            return listedAt.isBefore(asked) ? listedSince(asked, now) : new Decision.NoteAbsence(listedAt);
        }
        // A listing may be behind. What was never seen running may have been made just before its end was asked for.
        Instant made = attempt.status() == Attempt.Status.LAUNCHED ? attempt.createdAt() : asked;
        Instant oldEnough = made.plus(policy.absenceAge());
        Instant seenTwice = since.plus(policy.absenceGap());
        Instant provable = oldEnough.isAfter(seenTwice) ? oldEnough : seenTwice;
        return listedAt.isBefore(provable) ? listedSince(provable, now) : new Decision.CloseMachine(since);
    }

    /** Waits for a listing from then on; the longer one takes, the less often is looked whether it is there. */
    private static Decision listedSince(Instant from, Instant now) {
        Duration wait = now.isBefore(from)
                ? Duration.between(now, from).plusMillis(1)
                : Duration.between(from, now).dividedBy(2);
        return new Decision.Pause(wait.compareTo(SOON) > 0 ? wait : SOON);
    }

    private static Decision close(Session session, Policy policy, Instant now) {
        if (session.atRest()
                && (session.state() == SessionState.TERMINATED
                        || session.times().deleteRequestedAt() == null)) {
            return new Decision.Finished();
        }
        return switch (session.state()) {
            case COMPLETED -> {
                Instant shown = Objects.requireNonNullElse(session.times().endShownAt(), now);
                Instant until = shown.plus(policy.shownAtLeast());
                yield now.isBefore(until) ? pauseUntil(until, now) : new Decision.Terminate(SessionState.TERMINATED);
            }
            case STOPPED -> new Decision.Terminate(SessionState.TERMINATED);
            case FAILED, PROVISION_FAILED ->
                new Decision.Terminate(
                        session.times().deleteRequestedAt() == null ? session.state() : SessionState.TERMINATED);
            case TERMINATED, SUBMITTED, PROVISIONED, STARTED -> new Decision.Finished();
        };
    }

    private static Decision pauseUntil(Instant at, Instant now) {
        Duration left = Duration.between(now, at);
        return new Decision.Pause(left.isNegative() ? Duration.ZERO : left.plusMillis(1));
    }
}
