package com.mimiry.catalog;

import com.mimiry.catalog.CooldownStore.Cooled;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Offer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Offers that have just failed to become a machine; what one replica has found out, all know. */
final class Cooldowns {
    private final CooldownStore store = new CooldownStore();
    private final Database database;
    private final Clock clock;

    Cooldowns(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    void begin(Transaction tx, Cooled cooled, Duration duration) {
        Instant now = clock.instant();
        store.begin(tx, cooled, now, now.plus(duration));
        store.sweep(tx, now);
    }

    /** For one selection. */
    Cooling cooling() {
        return new Cooling();
    }

    /** What cools down at one moment: read once, and only where somebody asks. Not for two threads. */
    final class Cooling {
        private @Nullable Map<Cooled, Instant> begun;

        /**
         * @param listedAt when the provider listed the offer: where it counts what is free, a count taken after the
         *     failure is the better witness
         */
        boolean isCooling(Offer offer, Instant listedAt) {
            Map<Cooled, Instant> cooling = begun();
            if (cooling.containsKey(Cooled.all(offer.provider()))) {
                return true;
            }
            Instant failedAt = cooling.get(Cooled.of(offer));
            return failedAt != null
                    && (offer.free().isEmpty()
                            || !listedAt.truncatedTo(ChronoUnit.MICROS).isAfter(failedAt));
        }

        private Map<Cooled, Instant> begun() {
            if (begun == null) {
                begun = database.read(tx -> store.cooling(tx, clock.instant()));
            }
            return begun;
        }
    }
}
