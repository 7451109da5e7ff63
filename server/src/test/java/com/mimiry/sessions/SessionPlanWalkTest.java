package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.InitLine;
import com.mimiry.sessions.Observed.ImageSight;
import com.mimiry.sessions.Observed.MachineSight;
import com.mimiry.sessions.Observed.MoneySight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Walks random sessions through random worlds by virtual time: effects that are lost or come late, silent engines,
 * launches without an answer. A failing seed is in the message and walks the same way again.
 */
class SessionPlanWalkTest {
    private static final int SEEDS = 3_000;

    @Test
    void rule_9_every_session_ends_once_and_leaves_no_machine_whatever_happens() {
        Set<String> moves = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            moves.addAll(new Walk(seed).run());
        }
        assertThat(moves).as("the moves that docs/LIFECYCLES.md draws").isEqualTo(drawn());
    }

    private static Set<String> drawn() {
        try {
            String page = Files.readString(Path.of("..", "docs", "LIFECYCLES.md"));
            String diagram = page.substring(page.indexOf("```mermaid"), page.indexOf("## A placement attempt"));
            return diagram.lines()
                    .map(String::strip)
                    .filter(line -> line.matches("[a-z_]+ --> [a-z_]+"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Walk {
        private final long seed;
        private final SplittableRandom random;
        private final SessionFixture session = new SessionFixture();
        private final Set<String> moves = new TreeSet<>();
        private final List<String> story = new ArrayList<>();
        private Instant now = SessionFixture.T0;
        private boolean machineThere;
        private int machinesMade;
        private @Nullable Instant containerStarted;
        private @Nullable Instant containerEnds;
        private @Nullable Instant killedAt;
        private int containersStarted;
        private int concluded;
        private final int exitCode;
        private final boolean badImage;

        Walk(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.exitCode = random.nextInt(3) == 0 ? 1 : 0;
            this.badImage = random.nextInt(10) == 0;
            session.command = random.nextInt(5) == 0 ? null : "work";
            session.autoTerminate = List.of(AutoTerminate.values()).get(random.nextInt(3));
            session.maxDuration = random.nextBoolean() ? Duration.ofSeconds(1 + random.nextInt(120)) : null;
        }

        /** @return the moves from state to state */
        Set<String> run() {
            Instant deleteAt = now.plusSeconds(random.nextInt(400));
            for (int i = 0; i < 20_000; i++) {
                if (!now.isBefore(deleteAt) && session.deleteRequestedAt == null) {
                    delete();
                }
                see();
                Decision decision = SessionPlan.next(session.row(), session.observed(), SessionFixture.POLICY, now);
                story.add(now + " " + session.state + "/" + session.operation + " " + decision);
                now = now.plusMillis(1 + random.nextInt(50));
                if (decision instanceof Decision.Finished && session.deleteRequestedAt != null) {
                    check(!machineThere, "a machine is left");
                    check(session.state == SessionState.TERMINATED, "it is not terminated");
                    check(concluded == 1, "it ended " + concluded + " times");
                    return moves;
                }
                if (decision instanceof Decision.Finished) {
                    now = deleteAt;
                } else {
                    SessionState before = session.state;
                    apply(decision);
                    if (session.state != before) {
                        moves.add(before.text() + " --> " + session.state.text());
                    }
                }
            }
            check(false, "it never came to rest");
            return moves;
        }

        private void check(boolean holds, String otherwise) {
            assertThat(holds)
                    .as(() -> "seed " + seed + ": " + otherwise + "\n"
                            + String.join("\n", story.subList(Math.max(0, story.size() - 30), story.size())))
                    .isTrue();
        }

        private void delete() {
            session.deleteRequestedAt = now;
            if (session.endReason == null) {
                session.endReason = StopReason.USER_REQUESTED;
                session.endRequestedAt = now;
            }
        }

        /** What the world shows now; sometimes it shows nothing. */
        private void see() {
            boolean silent = random.nextInt(4) == 0;
            session.machine = silent
                    ? new MachineSight.Unseen()
                    : machineThere
                            ? new MachineSight.Listed(SessionFixture.machine(session.tag))
                            : new MachineSight.Absent(now);
            session.image = silent
                    ? new ImageSight.Unseen()
                    : badImage ? new ImageSight.Refused("no such image") : new ImageSight.Present("sha256:1");
            session.container = silent ? null : container();
            session.drained = random.nextBoolean();
            if (!(session.money instanceof MoneySight.Over)) {
                session.money = money();
            }
        }

        private MoneySight money() {
            return switch (random.nextInt(500)) {
                case 0 -> new MoneySight.Over(StopReason.BALANCE_DEPLETED);
                case 1, 2, 3 ->
                    new MoneySight.Lasts(
                            new MoneyEnd(now.plusSeconds(random.nextInt(1_000)), StopReason.BALANCE_DEPLETED));
                default -> new MoneySight.Unasked();
            };
        }

        private ContainerStatus container() {
            if (containerStarted == null || !machineThere) {
                return new ContainerStatus.Absent();
            }
            Instant end = killedAt != null ? killedAt : containerEnds;
            if (end == null || now.isBefore(end)) {
                return new ContainerStatus.Running(containerStarted);
            }
            boolean killed = killedAt != null;
            int code = killed ? 137 : exitCode;
            boolean kept = !killed && session.autoTerminate.keepsAfter(exitCode);
            if (session.command != null && session.reports.isEmpty()) {
                session.reports.add(new InitLine.CommandEnded(end, code, kept, killed));
            }
            return kept
                    ? new ContainerStatus.Running(containerStarted)
                    : new ContainerStatus.Exited(containerStarted, end, code, false, "");
        }

        private void apply(Decision decision) {
            // A crash before the write: the effect is there, the row does not know.
            boolean lost = random.nextInt(6) == 0;
            switch (decision) {
                case Decision.Pause(Duration duration) -> now = now.plus(duration);
                case Decision.Finished _ -> {}
                case Decision.Place _ -> place();
                case Decision.Adopt _ -> provisioned();
                case Decision.GiveUp _ -> destroy(false);
                case Decision.WriteOff _ -> {
                    check(!machineThere, "a machine that is there was written off");
                    session.attempt = Attempt.Status.GONE;
                }
                case Decision.PrepareEngine _ -> operation(Operation.PULLING_IMAGE);
                case Decision.PullImage _, Decision.ReportPull _ -> {}
                case Decision.UseImage _ -> operation(Operation.STARTING_CONTAINER);
                case Decision.Advance(Operation operation) -> operation(operation);
                case Decision.StartContainer _ -> startContainer();
                case Decision.ShowStarted(Instant startedAt) -> {
                    session.state = SessionState.STARTED;
                    session.startedAt = startedAt;
                    session.startedShownAt = now;
                    operation(Operation.NONE);
                }
                case Decision.Keep(int code, Instant endedAt) -> {
                    session.exitCode = code;
                    session.endedAt = endedAt;
                }
                case Decision.Arm(MoneyEnd end) -> {
                    long number = session.moneyOrder == null ? 1 : session.moneyOrder.number() + 1;
                    session.moneyOrder = new MoneyOrder(number, end, !lost);
                }
                case Decision.RequestEnd(StopReason reason) -> {
                    session.endReason = reason;
                    session.endRequestedAt = now;
                }
                case Decision.ShowStopping _ -> operation(Operation.STOPPING);
                case Decision.SendSignal(String signal) -> signal(signal, lost);
                case Decision.Conclude end -> conclude(end);
                case Decision.Destroy _ -> destroy(lost);
                case Decision.NoteSilence(Attempt.Silence silence) -> session.silence = silence;
                case Decision.NoteAbsence note -> {
                    session.absentSince = note.since();
                    session.absentSeenAt = note.seenAt();
                }
                case Decision.CloseMachine _ -> {
                    check(!machineThere, "a machine that is there was called gone");
                    session.attempt = Attempt.Status.GONE;
                }
                case Decision.ShowEnd _ -> {
                    session.state = Objects.requireNonNull(session.result).endState();
                    session.endShownAt = now;
                    operation(Operation.TERMINATING);
                }
                case Decision.Terminate(SessionState state) -> {
                    check(!machineThere, "terminated with its machine there");
                    session.state = state;
                    session.terminatedAt = now;
                    operation(Operation.NONE);
                }
            }
        }

        private void operation(Operation operation) {
            session.operation = operation;
            session.operationSince = now;
        }

        private void conclude(Decision.Conclude end) {
            concluded++;
            session.result = new Session.Result(end.endState(), end.error(), end.stopReason());
            session.exitCode = end.exitCode();
            session.endedAt = end.endedAt();
        }

        private void place() {
            if (random.nextInt(8) == 0) {
                conclude(new Decision.Conclude(SessionState.PROVISION_FAILED, null, "nothing fits", null, now));
                return;
            }
            check(!machineThere, "a second machine was asked for");
            session.attempt = Attempt.Status.INTENDED;
            session.attemptAt = now;
            session.destroyAskedAt = null;
            session.absentSince = null;
            session.absentSeenAt = null;
            session.silence = null;
            switch (random.nextInt(4)) {
                case 0 -> session.attempt = Attempt.Status.REFUSED;
                case 1 -> session.attempt = Attempt.Status.UNKNOWN;
                case 2 -> {
                    made();
                    session.attempt = random.nextBoolean() ? Attempt.Status.UNKNOWN : Attempt.Status.INTENDED;
                }
                default -> {
                    made();
                    provisioned();
                }
            }
        }

        private void made() {
            machineThere = true;
            machinesMade++;
            containerStarted = null;
        }

        private void provisioned() {
            session.state = SessionState.PROVISIONED;
            session.provisionedAt = now;
            session.attempt = Attempt.Status.LAUNCHED;
            operation(Operation.SETTING_UP);
        }

        private void startContainer() {
            if (containerStarted != null) {
                return;
            }
            containersStarted++;
            check(containersStarted <= machinesMade, "a container was started twice on a machine");
            containerStarted = now;
            containerEnds = session.command == null ? null : now.plusSeconds(random.nextInt(90));
        }

        private void signal(String signal, boolean lost) {
            boolean obeyed = signal.equals("SIGKILL") || random.nextBoolean();
            if (obeyed && killedAt == null) {
                killedAt = now;
            }
            if (!lost) {
                session.termSentAt = signal.equals("SIGTERM") ? now : session.termSentAt;
                session.killSentAt = signal.equals("SIGKILL") ? now : session.killSentAt;
            }
        }

        private void destroy(boolean lost) {
            if (random.nextInt(3) > 0) {
                machineThere = false;
            }
            if (!lost) {
                session.destroyAskedAt = now;
                session.absentSince = null;
            }
        }
    }
}
