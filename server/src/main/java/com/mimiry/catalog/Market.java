package com.mimiry.catalog;

import com.mimiry.catalog.CooldownStore.Cooled;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Predicate;

/** All providers' offers as one market, priced for the customer. */
@Singleton
public final class Market {
    private final List<ProviderOffers> providers;
    private final GpuCatalog catalog;
    private final Pricing pricing;
    private final Cooldowns cooldowns;

    Market(@All List<Provider> providers, GpuCatalog catalog, MarketConfig config, Database database, Clock clock) {
        this.providers = providers.stream()
                .map(provider -> new ProviderOffers(provider, clock, config.providerTimeout(), config.staleFor()))
                .toList();
        this.catalog = catalog;
        this.pricing = new Pricing(config, catalog);
        this.cooldowns = new Cooldowns(database, clock);
    }

    /**
     * Every offer, priced, those without a GPU and with an unknown one included; from a short-lived cache. A provider that
     * fails is left out once its last good answer is too old.
     */
    public List<Candidate> offers() {
        return current().candidates();
    }

    /** What fits a request now, or why nothing does. Asks afresh where the cache would lead to a refusal. */
    public Ranking rank(GpuRequest request) {
        return rank(request, Requirement.NONE);
    }

    /** As {@link #rank(GpuRequest)}, among the offers that meet a further condition. */
    public Ranking rank(GpuRequest request, Requirement requirement) {
        Selection selection = new Selection(request, catalog, requirement);
        Cooldowns.Cooling cooling = cooldowns.cooling();
        Ranking cached = rank(selection, snapshot(ProviderOffers::current, cooling));
        return switch (cached) {
            case Ranking.Ranked _ -> cached;
            case Ranking.NothingFree _, Ranking.Impossible _ ->
                rank(selection, snapshot(offers -> offers.noOlderThan(Duration.ZERO), cooling));
        };
    }

    /** Finds the model meant by a canonical name or alias, ignoring case. */
    public Optional<GpuModel> model(String nameOrAlias) {
        return catalog.find(nameOrAlias);
    }

    /**
     * An offer could not be had although it was listed: for this long it comes after all others, and
     * {@code /availability} does not show it. For the transaction that writes the failure down; last, since others that
     * fail alike wait for its end.
     *
     * @param offer as it was in the {@link Candidate}
     */
    public void coolDown(Transaction tx, Offer offer, Duration duration) {
        cooldowns.begin(tx, Cooled.of(offer), duration);
    }

    /** As {@link #coolDown(Transaction, Offer, Duration)}, of an offer whose machine failed after it had been promised. */
    public void coolDown(
            Transaction tx, String provider, String location, String reference, int gpuCount, Duration duration) {
        cooldowns.begin(tx, new Cooled(provider, location, reference, gpuCount), duration);
    }

    /**
     * A provider refuses whatever it is asked for, since our account there is at an end: as
     * {@link #coolDown(Transaction, Offer, Duration)} of all it has.
     */
    public void coolDown(Transaction tx, String provider, Duration duration) {
        cooldowns.begin(tx, Cooled.all(provider), duration);
    }

    /** Which offers, or all of their provider's, have failed so lately that they come after the others. */
    public Predicate<Offer> cooling() {
        Cooldowns.Cooling cooling = cooldowns.cooling();
        return offer -> cooling.isCooling(offer, Instant.MIN);
    }

    /** What the market has, no older than the caller likes where providers allow it. */
    Snapshot noOlderThan(Duration age) {
        return snapshot(offers -> offers.noOlderThan(age), cooldowns.cooling());
    }

    /** As {@link #noOlderThan}, as old as each provider finds good. */
    Snapshot current() {
        return snapshot(ProviderOffers::current, cooldowns.cooling());
    }

    private Ranking rank(Selection selection, Snapshot snapshot) {
        return selection.rank(snapshot.candidates(), snapshot::isCooling, snapshot.silent());
    }

    private Snapshot snapshot(
            Function<ProviderOffers, Optional<ProviderOffers.Listing>> ask, Cooldowns.Cooling cooling) {
        List<Candidate> candidates = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        Map<String, Instant> listedAt = new HashMap<>();
        List<Optional<ProviderOffers.Listing>> listings = askAll(ask);
        for (int i = 0; i < listings.size(); i++) {
            Optional<ProviderOffers.Listing> listing = listings.get(i);
            if (listing.isEmpty()) {
                silent.add(providers.get(i).provider());
                continue;
            }
            listedAt.put(providers.get(i).provider(), listing.get().at());
            listing.get()
                    .offers()
                    .forEach(offer ->
                            candidates.add(pricing.price(offer, catalog.model(offer.gpuText(), offer.gpuMemoryMib()))));
        }
        return new Snapshot(candidates, silent, listedAt, cooling);
    }

    /** Side by side, since one that is slow must not make all slow; each has its own time limit. */
    private List<Optional<ProviderOffers.Listing>> askAll(
            Function<ProviderOffers, Optional<ProviderOffers.Listing>> ask) {
        if (providers.size() == 1) {
            return List.of(ask.apply(providers.getFirst()));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Optional<ProviderOffers.Listing>>> questions = providers.stream()
                    .map(offers -> (Callable<Optional<ProviderOffers.Listing>>) () -> ask.apply(offers))
                    .toList();
            List<Optional<ProviderOffers.Listing>> answers = new ArrayList<>();
            for (Future<Optional<ProviderOffers.Listing>> answer : threads.invokeAll(questions)) {
                answers.add(answer.get());
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking the providers", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * The market at one moment.
     *
     * @param silent providers whose offers are unknown
     * @param listedAt when each of the others was asked
     */
    record Snapshot(
            List<Candidate> candidates, List<String> silent, Map<String, Instant> listedAt, Cooldowns.Cooling cooling) {
        boolean isCooling(Offer offer) {
            return cooling.isCooling(offer, listedAt.getOrDefault(offer.provider(), Instant.MIN));
        }
    }
}
