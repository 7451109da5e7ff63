package com.mimiry.sessions;

import com.mimiry.providers.Provider.Machine;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What {@link SessionPlan} wants done next, exactly one thing. */
sealed interface Decision {
    /** Look again later. */
    record Pause(Duration duration) implements Decision {}

    /** Nothing is left to do, ever. */
    record Finished() implements Decision {}

    /** Try the next candidate. */
    record Place() implements Decision {}

    /** A launch with an unknown outcome did make this machine. */
    record Adopt(Machine machine) implements Decision {}

    /** An attempt comes to nothing: from here on nobody may adopt its machine, whose end is asked for. */
    record GiveUp(String why, Spends spends) implements Decision {}

    /** What was given up is proven not to be there: the next candidate may be tried. */
    record WriteOff() implements Decision {}

    /** Make the machine's engine ready. */
    record PrepareEngine() implements Decision {}

    /** Bring the image to the machine. */
    record PullImage() implements Decision {}

    /** @param message what people read while it goes on */
    record ReportPull(String message) implements Decision {}

    /** @param id of the image on the machine that the container is to be made of */
    record UseImage(String id) implements Decision {}

    record StartContainer() implements Decision {}

    /** The container is up. */
    record ShowStarted(Instant startedAt) implements Decision {}

    /** @param operation the next sub-step of starting */
    record Advance(Operation operation) implements Decision {}

    /** The command ended and the machine is kept. */
    record Keep(int exitCode, Instant endedAt) implements Decision {}

    /** The machine has to be told when the money ends. */
    record Arm(MoneyEnd end) implements Decision {}

    /** The session has to end from outside. */
    record RequestEnd(StopReason reason) implements Decision {}

    /** From here on the session shows that it is stopping. */
    record ShowStopping(String message) implements Decision {}

    record SendSignal(String signal) implements Decision {}

    /** The end is decided; it is shown later. */
    record Conclude(
            SessionState endState,
            @Nullable Integer exitCode,
            @Nullable String error,
            @Nullable StopReason stopReason,
            Instant endedAt)
            implements Decision {}

    /** Ask the provider to end the machine. */
    record Destroy() implements Decision {}

    /**
     * @param since the begin of the first listing without the machine; null = it is listed again
     * @param seenAt the same of the newest
     */
    record NoteAbsence(@Nullable Instant since, @Nullable Instant seenAt) implements Decision {
        /** The first listing without it. */
        NoteAbsence(@Nullable Instant since) {
            this(since, since);
        }
    }

    /** @param silence of the machine's engine; null = it answers again */
    record NoteSilence(Attempt.@Nullable Silence silence) implements Decision {}

    /** The machine is proven gone; the bill ends where it was first seen absent. */
    record CloseMachine(Instant absentSince) implements Decision {}

    /** Show the decided end state. */
    record ShowEnd() implements Decision {}

    /** @param state terminated, or the end state that stays */
    record Terminate(SessionState state) implements Decision {}
}
