package com.mimiry.sessions;

import com.mimiry.platform.Money;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A session as its row says.
 *
 * @param wanted what was asked for; never changes
 * @param endRequest the wish to end it; null = none
 * @param result how it ended; decided before the state shows it; null = still open
 * @param attempt the newest try to get a machine; all older ones are proven absent
 * @param version guards every write
 */
record Session(
        UUID id,
        long version,
        UUID organizationId,
        UUID userId,
        Wanted wanted,
        Placement placement,
        SessionState state,
        Operation operation,
        Instant operationSince,
        @Nullable EndRequest endRequest,
        @Nullable Result result,
        @Nullable Integer exitCode,
        Times times,
        @Nullable Attempt attempt) {

    /**
     * @param gpuRequest JSON as it was sent
     * @param environmentMasked JSON with the values hidden
     * @param sshKeyRegistered whether that key was a registered one; then it counts only while it is
     * @param sshFingerprint the key that may log in besides its owner's other keys
     * @param controlToken marks the init's own lines in the output
     * @param sshAddress the loopback address that the session owns
     */
    record Wanted(
            String name,
            String image,
            String gpuRequest,
            @Nullable String command,
            String environmentMasked,
            AutoTerminate autoTerminate,
            boolean sshEnabled,
            @Nullable String sshFingerprint,
            boolean sshKeyRegistered,
            @Nullable Duration maxDuration,
            @Nullable Money maxCost,
            String controlToken,
            String sshAddress) {}

    /**
     * @param hourlyRate for all GPUs
     * @param quoted the offer whose price that was when the session was created: {@code provider|location|reference}
     */
    record Placement(
            @Nullable String gpuModel,
            int gpuCount,
            @Nullable String provider,
            @Nullable String location,
            Money hourlyRate,
            @Nullable String quoted) {}

    /** @param at when the end was asked for; the stop sequence is counted from it */
    record EndRequest(
            StopReason reason,
            Instant at,
            @Nullable Instant termSentAt,
            @Nullable Instant killSentAt) {}

    record Result(
            SessionState endState,
            @Nullable String error,
            @Nullable StopReason stopReason) {}

    /**
     * @param startedAt the container's true start
     * @param startedShownAt when {@code started} became readable
     * @param endedAt the true end of the command or container
     * @param endShownAt when the end state became readable
     * @param terminatedAt when the machine was proven gone
     */
    record Times(
            Instant createdAt,
            Instant updatedAt,
            @Nullable Instant provisionedAt,
            @Nullable Instant startedAt,
            @Nullable Instant startedShownAt,
            @Nullable Instant endedAt,
            @Nullable Instant endShownAt,
            @Nullable Instant deleteRequestedAt,
            @Nullable Instant terminatedAt) {}

    Session withAddress(String sshAddress) {
        Wanted same = wanted;
        Wanted moved = new Wanted(
                same.name,
                same.image,
                same.gpuRequest,
                same.command,
                same.environmentMasked,
                same.autoTerminate,
                same.sshEnabled,
                same.sshFingerprint,
                same.sshKeyRegistered,
                same.maxDuration,
                same.maxCost,
                same.controlToken,
                sshAddress);
        return new Session(
                id,
                version,
                organizationId,
                userId,
                moved,
                placement,
                state,
                operation,
                operationSince,
                endRequest,
                result,
                exitCode,
                times,
                attempt);
    }

    /** Whether a machine may exist for it. */
    boolean hasMachine() {
        return attempt != null && attempt.mayExist();
    }

    /** Whether the command has ended and the machine is kept for its owner. */
    boolean kept() {
        return state == SessionState.STARTED && result == null && exitCode != null;
    }

    /** Whether nothing is left to be done. */
    boolean atRest() {
        return times.terminatedAt() != null && state.ended() && operation == Operation.NONE;
    }
}
