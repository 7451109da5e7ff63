package com.mimiry.providers;

import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Money;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * The volumes of a {@link Provider}. As with machines, a volume is known by our tag, which is committed before it is made;
 * every call may block, has a timeout, and fails only with a {@link ProviderFailure}.
 *
 * <p>A volume gets to a machine in two steps, so that providers which attach only to a machine that is off, or at its
 * creation, can be told in time: {@link Provider.LaunchRequest#volumes} names those that the machine will need, and
 * {@link #mount} makes them ready on the running machine. The machine's proven end is the end of the attachment.
 */
public interface VolumeProvider {
    /** Where volumes can be made now, those with the most room first; what cannot be used says why. */
    List<Place> places();

    /**
     * Makes a volume. A second call with the same tag finds the first one's volume; a tag that was destroyed is never made
     * again.
     *
     * @throws ProviderFailure of any kind; after {@link ProviderFailure.Unavailable} the volume may exist
     */
    Held create(Request request);

    /** All volumes that carry our deployment's tag: complete, or throws. */
    List<Held> volumes();

    /**
     * What can be said where a part of the provider is silent, or of some volumes nobody knows yet whether they were made.
     *
     * @throws ProviderFailure where nothing can be said
     */
    default Listing listing() {
        return new Listing(volumes(), _ -> true);
    }

    /**
     * Grows a volume, in place and with its contents, also while it is mounted if the provider can; to the size that it
     * has, or a smaller one: success.
     *
     * @throws ProviderFailure.InvalidRequest where it cannot be grown as it is now
     */
    void resize(UUID tag, int sizeGb);

    /** What is known of why a volume is gone whose end nobody asked for, in an operator's words. */
    default Optional<String> lostBecause(UUID tag) {
        return Optional.empty();
    }

    /** Asks for a volume's end, with its contents; idempotent. Its absence from {@link #volumes()} is the proof. */
    void destroy(UUID tag);

    /** Whether a machine of this offer can have the volume: for most, whether both are at the same location. */
    boolean attachable(String reference, String location, Offer offer);

    /**
     * Makes the volumes of a launched machine ready on it; called before its container is started, again after any crash.
     *
     * @param machine the machine's tag
     * @return where on the machine the contents of each are, in the order of {@code volumes}
     */
    List<String> mount(UUID machine, EngineAddress engine, List<UUID> volumes);

    /**
     * @param volumes those seen, and those that are known to be there
     * @param provesAbsent whether a tag that is not among them is proven to be nowhere; may read the database
     * @param gaps what could not be seen, in words; "" = everything was
     */
    record Listing(List<Held> volumes, Predicate<UUID> provesAbsent, String gaps) {
        /** Everything could be seen. */
        public Listing(List<Held> volumes, Predicate<UUID> provesAbsent) {
            this(volumes, provesAbsent, "");
        }
    }

    /**
     * Somewhere that volumes can be.
     *
     * @param location what customers see
     * @param type of the storage, such as {@code NVMe}
     * @param place the provider's own name for it; handed back in {@link Request}
     * @param freeGb for how much more there is room
     * @param monthlyCostPerGb what the provider takes
     * @param unusable why it cannot be used now, a sentence for people; "" = it can
     */
    record Place(String location, String type, String place, long freeGb, Money monthlyCostPerGb, String unusable) {
        /** Whether a volume of that size could be made here. */
        public boolean hasRoomFor(int sizeGb) {
            return unusable.isEmpty() && freeGb >= sizeGb;
        }
    }

    /**
     * @param tag ours, unique for ever; the volume's id
     * @param sizeGb in units of 2^30 bytes
     */
    record Request(UUID tag, int sizeGb, String location, String type, String place) {}

    /**
     * A volume as the provider shows it.
     *
     * @param reference the provider's own name for it
     */
    record Held(UUID tag, String reference, String location, int sizeGb, State state, Instant createdAt) {}

    /** How far a volume is. */
    enum State {
        /** On its way; asking for it again does no harm. */
        MAKING,
        READY,
        ENDING
    }

    /** A volume that a machine is launched for; {@code reference} as in {@link Held}. */
    record Attachment(UUID tag, String reference) {}
}
