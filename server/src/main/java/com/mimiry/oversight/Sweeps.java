package com.mimiry.oversight;

import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.StartFailure;
import com.mimiry.providers.Holdings;
import com.mimiry.providers.Holdings.Inventory;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Kind;
import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Compares what providers hold for us with our rows, both ways, and puts right what is not as it should be. Nothing without
 * a tag or name of this deployment is touched, nothing young, and nothing that was not seen.
 */
@Singleton
public final class Sweeps {
    static final String TIMER = "timer";

    private static final Logger LOG = Logger.getLogger(Sweeps.class);
    private static final String ALL = "all";
    private static final Duration KEPT_FOR = Duration.ofDays(7);

    private final List<Holdings> holdings;
    private final List<String> providers;
    private final Set<String> dryRuns;
    private final Database database;
    private final Clock clock;
    private final Ids ids;
    private final SweepStore store = new SweepStore();

    /** @throws StartFailure where {@code mimiry.sweep.dry-run} names a provider that there is not */
    public Sweeps(
            @All List<Holdings> holdings,
            @All List<Provider> providers,
            SweepConfig config,
            Database database,
            Clock clock,
            Ids ids) {
        this.holdings = List.copyOf(holdings);
        this.providers = providers.stream().map(Provider::name).sorted().toList();
        this.dryRuns = Set.copyOf(config.dryRun().orElse(List.of()));
        this.database = database;
        this.clock = clock;
        this.ids = ids;
        for (String name : dryRuns) {
            if (!name.equals(ALL) && !this.providers.contains(name)) {
                throw new StartFailure("mimiry.sweep.dry-run: there is no provider %s; there are %s, and \"all\"."
                        .formatted(name, String.join(", ", this.providers)));
            }
        }
    }

    List<String> providers() {
        return providers;
    }

    boolean isDryRun(String provider) {
        return dryRuns.contains(ALL) || dryRuns.contains(provider);
    }

    /** What a provider holds now. Changes nothing. */
    SweepReport look(String provider, String askedBy) {
        return run(provider, askedBy, true);
    }

    /**
     * Sweeps a provider, and notes what came of it.
     *
     * @param dryRun whether only to report what would be done; as is, where the configuration says so, every sweep
     */
    public SweepReport sweep(String provider, String askedBy, boolean dryRun) {
        SweepReport report = run(provider, askedBy, dryRun || isDryRun(provider));
        note(ids.next(), report.unaccounted());
        return report;
    }

    /** Does a sweep that was asked for on the command line. */
    void asked(UUID id) {
        Optional<SweepStore.Asked> asked = database.read(tx -> store.asked(tx, id));
        if (asked.isPresent()) {
            String provider = asked.get().provider();
            note(id, run(provider, asked.get().askedBy(), asked.get().dryRun() || isDryRun(provider)));
        }
    }

    Optional<SweepReport> last(String provider) {
        return database.read(tx -> store.last(tx, provider));
    }

    private void note(UUID id, SweepReport report) {
        Instant now = clock.instant();
        database.useTransaction(tx -> {
            store.done(tx, id, report, now);
            store.forget(tx, now.minus(KEPT_FOR));
        });
    }

    private SweepReport run(String provider, String askedBy, boolean dryRun) {
        Instant now = clock.instant();
        List<Item> items = new ArrayList<>();
        Map<Kind, Integer> foreign = new EnumMap<>(Kind.class);
        List<String> gaps = new ArrayList<>();
        // By identity: two items may look alike.
        IdentityHashMap<Item, String> outcomes = new IdentityHashMap<>();
        if (!providers.contains(provider)) {
            gaps.add("no provider %s is configured; there are %s".formatted(provider, String.join(", ", providers)));
        }
        for (Holdings each : holdings) {
            Optional<Inventory> seen = look(each, provider, gaps);
            if (seen.isPresent()) {
                items.addAll(seen.get().items());
                seen.get().foreign().forEach((kind, count) -> foreign.merge(kind, count, Integer::sum));
                seen.get().items().forEach(item -> {
                    if (item.verdict() == Verdict.ORPHAN || item.verdict() == Verdict.MISSING) {
                        outcomes.put(item, dryRun ? wouldBe(item) : settle(each, provider, item));
                    }
                });
            }
        }
        SweepReport report =
                SweepReport.of(provider, now, askedBy, dryRun, new Inventory(items, foreign, ""), gaps, outcomes);
        if (report.notAccountedFor() > 0 || !report.complete()) {
            LOG.warnf("%s%s", report.summary(), dryRun ? " (dry run)" : "");
        }
        return report;
    }

    private static Optional<Inventory> look(Holdings holdings, String provider, List<String> gaps) {
        try {
            Optional<Inventory> seen = holdings.look(provider);
            seen.map(Inventory::gaps).filter(words -> !words.isEmpty()).ifPresent(gaps::add);
            return seen;
        } catch (ProviderFailure e) {
            gaps.add(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static String wouldBe(Item item) {
        return item.verdict() == Verdict.ORPHAN ? "would be destroyed" : "its owner would be told";
    }

    /** One thing that cannot be ended now keeps no other from its end. */
    private static String settle(Holdings holdings, String provider, Item item) {
        try {
            holdings.settle(provider, item);
            return item.verdict() == Verdict.ORPHAN ? "its end was asked for" : "its owner was told";
        } catch (ProviderFailure e) {
            LOG.warnf("%s %s stays at %s for now: %s", item.kind().text(), item.reference(), provider, e.getMessage());
            return "not yet: " + e.getMessage();
        }
    }
}
