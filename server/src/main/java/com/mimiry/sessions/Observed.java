package com.mimiry.sessions;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.InitLine;
import com.mimiry.logs.SessionLogs;
import com.mimiry.providers.Provider.Ended;
import com.mimiry.providers.Provider.Machine;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the world shows of a session. Parts that were not looked at, or could not be seen, are absent rather than guessed.
 *
 * @param container null when the engine did not answer or was not asked
 * @param machine what the provider's complete listing shows
 * @param image whether the machine has the image
 * @param endedByProvider why the provider ended the machine by itself; null where it did not, as far as is known
 * @param endSeenSince since when the container has been seen not to run, without a pause in looking; null = it runs, or nobody looked
 */
record Observed(
        @Nullable ContainerStatus container,
        MachineSight machine,
        ImageSight image,
        SessionLogs.Progress logs,
        MoneySight money,
        @Nullable Ended endedByProvider,
        @Nullable Instant endSeenSince) {

    static final Observed NOTHING = new Observed(
            null,
            new MachineSight.Unseen(),
            new ImageSight.Unseen(),
            new SessionLogs.Progress(false, null, List.of()),
            new MoneySight.Unasked(),
            null,
            null);

    /** A provider's complete listing, as far as one machine is concerned. */
    sealed interface MachineSight {
        /** No complete listing was to be had. */
        record Unseen() implements MachineSight {}

        record Listed(Machine machine) implements MachineSight {}

        /** @param listedAt when the listing without it began */
        record Absent(Instant listedAt) implements MachineSight {}
    }

    /** Where an image is on its way to a machine. */
    sealed interface ImageSight {
        record Unseen() implements ImageSight {}

        record Missing() implements ImageSight {}

        /** @param progress a sentence for people; empty while nothing is known yet */
        record Pulling(String progress) implements ImageSight {}

        /** @param id of the image that the session may have; its name may come to mean another one */
        record Present(String id) implements ImageSight {}

        /** @param words the registry's own */
        record Refused(String words) implements ImageSight {}
    }

    /** What billing says of the session's money. */
    sealed interface MoneySight {
        /** Not asked this time: it was a moment ago. */
        record Unasked() implements MoneySight {}

        /** @param reason why the session has to end */
        record Over(StopReason reason) implements MoneySight {}

        record Lasts(MoneyEnd end) implements MoneySight {}
    }

    /** Why the session has to end for money's sake; null = it need not. */
    @Nullable StopReason mustStop() {
        return money instanceof MoneySight.Over(StopReason reason) ? reason : null;
    }

    /** The init's report that the command ended, if it has come. */
    InitLine.@Nullable CommandEnded commandEnded() {
        return logs.reports().stream()
                .filter(InitLine.CommandEnded.class::isInstance)
                .map(InitLine.CommandEnded.class::cast)
                .reduce((_, last) -> last)
                .orElse(null);
    }

    /** The init's report that it ended everything by itself, if it has come. */
    @Nullable InitLine endedByInit() {
        return logs.reports().stream()
                .filter(report -> switch (report) {
                    case InitLine.DeadlineReached _, InitLine.Unpaid _ -> true;
                    case InitLine.CommandEnded _ -> false;
                })
                .findFirst()
                .orElse(null);
    }
}
