package com.mimiry.providers;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What providers hold for us of some kinds, seen together with the rows that it belongs to. Each feature that makes
 * something at providers contributes its own as a bean; the sweep asks them all.
 */
public interface Holdings {
    /**
     * Compares what a provider shows with the rows. Destroys nothing, and asks for nothing to be destroyed.
     *
     * @return empty where that provider has no things of these kinds
     * @throws ProviderFailure where nothing can be said
     */
    Optional<Inventory> look(String provider);

    /**
     * Does what the verdict of an item calls for: asks for the end of an {@link Verdict#ORPHAN}, tells the owner of a
     * {@link Verdict#MISSING}. Called for no other verdict. Idempotent.
     *
     * @throws ProviderFailure where it could not be done now
     */
    void settle(String provider, Item item);

    /**
     * @param items what is ours, or should be
     * @param foreign how many others the provider showed, by kind; these are never touched
     * @param gaps what could not be seen, in words; "" = the listing was complete
     */
    record Inventory(List<Item> items, Map<Kind, Integer> foreign, String gaps) {
        public Inventory {
            items = List.copyOf(items);
            foreign = Map.copyOf(foreign);
        }
    }

    /**
     * One thing at a provider, or the place where a row says that one should be.
     *
     * @param reference the provider's own name for it; "" where it shows none
     * @param id ours, by which it is tagged or named; null where it carries none
     * @param location "" where it is not said
     * @param since when it was made; null where nobody says
     * @param state as the provider shows it; "" where it does not show it
     * @param owner the row it belongs to; null where there is none
     * @param destroyFrom from when on an orphan is old enough to be destroyed; null for all else
     * @param note why the verdict is so, for people; "" where it needs no words
     */
    record Item(
            Kind kind,
            String reference,
            @Nullable UUID id,
            String location,
            @Nullable Instant since,
            String state,
            @Nullable Owner owner,
            Verdict verdict,
            @Nullable Instant destroyFrom,
            String note) {}

    /** @param type such as {@code session}; {@code state} is the row's */
    record Owner(String type, UUID id, String state) {}

    enum Kind {
        MACHINE,
        VOLUME,
        /** A machine's own disk. */
        DISK,
        SCRIPT,
        KEY;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    enum Verdict {
        /** There, and a live row's. */
        OWNED,
        /** A row's that is on its way, or whose end is being proven. */
        EXPECTED,
        /** Ours, and no live row's: to be destroyed. */
        ORPHAN,
        /** As an orphan, but so young that its row may be on its way. */
        TOO_YOUNG,
        /** Ours and no row's, and left alone, since it holds data. */
        KEPT,
        /** A live row's, and proven not to be there. */
        MISSING,
        /** A live row's, and not seen where not everything could be seen. */
        UNSEEN;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it is as it should be. */
        public boolean accountedFor() {
            return this == OWNED || this == EXPECTED;
        }
    }
}
