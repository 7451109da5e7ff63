package com.mimiry.sessions;

import com.mimiry.platform.Database;
import com.mimiry.providers.Holdings;
import com.mimiry.providers.Provider;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.sessions.AttemptStore.Owned;
import com.mimiry.sessions.MachineListings.Listing;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Machines that carry our deployment's tag, and the sessions that they are of. One without a live attempt is what a replica
 * made after another had already taken the session over. Sessions whose machine is missing are ended by their own steps.
 */
@Singleton
final class MachineHoldings implements Holdings {
    private static final Logger LOG = Logger.getLogger(MachineHoldings.class);

    private final Database database;
    private final AttemptStore attempts = new AttemptStore();
    private final MachineListings providers;
    private final Clock clock;
    private final Duration ageMin;

    MachineHoldings(Database database, MachineListings providers, SessionConfig config, Clock clock) {
        this.database = database;
        this.providers = providers;
        this.clock = clock;
        this.ageMin = config.orphanAge();
    }

    @Override
    public Optional<Inventory> look(String name) {
        return providers.provider(name).map(provider -> look(name, providers.listing(provider)));
    }

    private Inventory look(String name, Listing listing) {
        // The rows after the listing: a machine listed without a row cannot have got one in between.
        Map<UUID, Owned> rows = database
                .read(tx -> attempts.owned(tx, name, listing.machines().keySet()))
                .stream()
                .collect(Collectors.toMap(Owned::id, Function.identity()));
        List<Item> items = new ArrayList<>();
        listing.machines().values().forEach(machine -> items.add(there(machine, rows.get(machine.tag()))));
        rows.values().stream()
                .filter(row -> row.isLive() && !listing.machines().containsKey(row.id()))
                .forEach(row -> items.add(notThere(row, listing)));
        return new Inventory(items, Map.of(Kind.MACHINE, listing.foreign()), listing.gaps());
    }

    private Item there(Machine machine, @Nullable Owned row) {
        boolean owned = row != null && row.isLive();
        Instant destroyFrom = machine.launchedAt().plus(ageMin);
        return new Item(
                Kind.MACHINE,
                machine.reference(),
                machine.tag(),
                row == null ? "" : row.location(),
                machine.launchedAt(),
                machine.state().name().toLowerCase(Locale.ROOT),
                row == null ? null : row.owner(),
                owned ? Verdict.OWNED : destroyFrom.isBefore(clock.instant()) ? Verdict.ORPHAN : Verdict.TOO_YOUNG,
                owned ? null : destroyFrom,
                owned
                        ? ""
                        : row == null
                                ? "it carries our tag and no session knows it"
                                : "its session has gone on without it");
    }

    private static Item notThere(Owned row, Listing listing) {
        boolean missing = row.status() == Attempt.Status.LAUNCHED && !row.ending();
        Verdict verdict =
                !missing ? Verdict.EXPECTED : listing.provesAbsent().test(row.id()) ? Verdict.MISSING : Verdict.UNSEEN;
        String note = verdict == Verdict.MISSING
                ? "its session ends when a second listing misses it too"
                : verdict == Verdict.UNSEEN
                        ? "not everything could be seen"
                        : row.ending() ? "its end is being proven" : "it was asked for and does not show yet";
        return new Item(
                Kind.MACHINE, "", row.id(), row.location(), row.createdAt(), "", row.owner(), verdict, null, note);
    }

    @Override
    public void settle(String name, Item item) {
        if (item.verdict() == Verdict.ORPHAN) {
            Provider provider = providers.provider(name).orElseThrow();
            LOG.warnf("destroying machine %s at %s: %s", item.reference(), name, item.note());
            provider.destroy(Objects.requireNonNull(item.id()));
        }
    }
}
