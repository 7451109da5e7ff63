package com.mimiry.sessions;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Money;
import com.mimiry.providers.Provider.Limits;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One try to get a machine for a session.
 *
 * @param id ours: the machine's tag, committed before the provider is called
 * @param engine where its containers run; null until launched
 * @param destroyAskedAt when its end was last asked for; from then on nobody may adopt it
 * @param absentSince begin of the first complete listing without it; null while it is listed
 * @param moneyOrder null = there was no container yet to be told
 * @param absentSeenAt begin of the newest such listing that was noted
 * @param imageId what the session's container is made of; null until the machine has an image that the session may have
 * @param silence null = its engine answers
 */
record Attempt(
        UUID id,
        int ordinal,
        String provider,
        String location,
        String reference,
        String gpuModel,
        Money hourlyRate,
        Money hourlyCost,
        Status status,
        Instant createdAt,
        @Nullable EngineAddress engine,
        List<String> gpuIds,
        Limits limits,
        @Nullable Instant destroyAskedAt,
        @Nullable Instant absentSince,
        @Nullable MoneyOrder moneyOrder,
        @Nullable Instant absentSeenAt,
        @Nullable String imageId,
        @Nullable Silence silence) {
    /** @param told whether the session's owner knows */
    record Silence(Instant since, boolean told) {}

    /** The container of a session on this machine. */
    String container() {
        return "mimiry-" + id;
    }

    /** Whether the machine may be there: the truth is with the provider until this is false. */
    boolean mayExist() {
        return status.mayExist();
    }

    enum Status {
        /** Committed; the provider may or may not have been asked. */
        INTENDED,
        /** Asked, without a clear answer. */
        UNKNOWN,
        LAUNCHED,
        /** Proven not to have been made. */
        REFUSED,
        /** Proven gone. */
        GONE;

        boolean mayExist() {
            return switch (this) {
                case INTENDED, UNKNOWN, LAUNCHED -> true;
                case REFUSED, GONE -> false;
            };
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Status of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }
}
