package com.mimiry.providers;

import com.mimiry.containers.EngineAddress;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who rents out machines. Every call may block, has a timeout, and fails only with a {@link ProviderFailure}.
 * A machine is known by our tag, which is committed before it is launched.
 */
public interface Provider {
    /** The name that customers see and hint at, such as {@code docker}. */
    String name();

    /** What could be launched now, with what is free. */
    List<Offer> offers();

    /** For how long an answer of {@link #offers()} may be shown again: short where asking is cheap. */
    default Duration offersFreshFor() {
        return Duration.ofSeconds(30);
    }

    /**
     * Launches one machine. A second call with the same tag finds the first one's machine.
     *
     * @throws ProviderFailure of any kind; after {@link ProviderFailure.Unavailable} the machine may exist
     */
    Machine launch(LaunchRequest request);

    /** All machines that carry our deployment's tag: complete, or throws. */
    List<Machine> machines();

    /**
     * What can be seen where a part of the provider is silent. A provider of one piece is seen whole or not at all.
     *
     * @throws ProviderFailure where nothing can be seen
     */
    default Listing listing() {
        return new Listing(machines(), _ -> true, 0, "");
    }

    /**
     * Why a machine ended that nobody asked to end, where the provider's own word for it is known; reads the database and asks
     * nobody. Empty while it has not ended, where its end was asked for, and where all that is known is its absence.
     */
    default Optional<Ended> ended(UUID tag) {
        return Optional.empty();
    }

    /** Asks for a machine's end; idempotent. Its absence from {@link #machines()} is the proof. */
    void destroy(UUID tag);

    /** Until when it is not asked anything, since it did not answer; empty while it is. */
    default Optional<Instant> leftAloneUntil() {
        return Optional.empty();
    }

    /** How often it may be asked, by all replicas together; empty where it sets no limit. */
    default Optional<Rate> rate() {
        return Optional.empty();
    }

    /** What the operator's account there holds, as it was last told; empty where that is not known, or nothing is prepaid. */
    default Optional<Balance> balance() {
        return Optional.empty();
    }

    /** Its volumes; empty where it has none. */
    default Optional<VolumeProvider> volumes() {
        return Optional.empty();
    }

    /**
     * @param machines those seen, and those that are known to be where nobody answers
     * @param provesAbsent whether a tag that is not among them is proven to be nowhere; may read the database
     * @param foreign how many machines were shown that are not this deployment's
     * @param gaps what could not be seen, in words; "" = everything was
     */
    record Listing(List<Machine> machines, Predicate<UUID> provesAbsent, int foreign, String gaps) {}

    /**
     * @param tag ours, unique for ever; the placement attempt's id
     * @param sessionId for labels that people read
     * @param offer of a fixed shape
     * @param volumes what the machine will need; see {@link VolumeProvider#mount}
     */
    record LaunchRequest(UUID tag, UUID sessionId, Offer offer, List<VolumeProvider.Attachment> volumes) {
        public LaunchRequest {
            volumes = List.copyOf(volumes);
        }

        /** A machine without volumes. */
        public LaunchRequest(UUID tag, UUID sessionId, Offer offer) {
            this(tag, sessionId, offer, List.of());
        }
    }

    /**
     * @param tag ours
     * @param reference the provider's own name for it
     * @param engine where its container engine answers; meaningful when {@code state} is RUNNING
     * @param gpuIds what to pass into the container; empty where GPUs are simulated or all of them are meant
     * @param detail the provider's own words about its state; null where they would add nothing
     */
    record Machine(
            UUID tag,
            String reference,
            MachineState state,
            EngineAddress engine,
            List<String> gpuIds,
            Limits limits,
            Instant launchedAt,
            @Nullable String detail) {
        /** A machine of which its state says everything. */
        public Machine(
                UUID tag,
                String reference,
                MachineState state,
                EngineAddress engine,
                List<String> gpuIds,
                Limits limits,
                Instant launchedAt) {
            this(tag, reference, state, engine, gpuIds, limits, launchedAt, null);
        }
    }

    enum MachineState {
        STARTING,
        RUNNING,
        ENDING
    }

    /** Why a provider ends a machine by itself. */
    enum EndReason {
        /** It was a spot machine, and somebody else pays more. */
        SPOT_RECLAIMED,
        /** The operator's account there had no money left. */
        ACCOUNT_EMPTY,
        /** It does not say. */
        UNEXPLAINED
    }

    /** @param sentence for people */
    record Ended(EndReason reason, String sentence) {}

    /**
     * @param amount below zero where it is overdrawn
     * @param currency of the account
     * @param at when it was told
     * @param low whether the operator has to act
     */
    record Balance(BigDecimal amount, String currency, Instant at, boolean low) {}

    /**
     * @param perMinute calls of the kind that is limited
     * @param nextAt when the next one has its turn
     */
    record Rate(int perMinute, Instant nextAt) {}

    /** What a session may use of the machine; 0 = no limit of ours. */
    record Limits(long memoryBytes, double cpus, long pidsMax) {}
}
