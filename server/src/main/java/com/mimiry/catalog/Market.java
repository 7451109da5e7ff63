package com.mimiry.catalog;

import java.util.List;
import java.util.Optional;

/** All providers' offers as one market, priced for the customer. */
public interface Market {
    /** Every offer whose GPU is known, priced; from a short-lived cache. A provider that fails is left out. */
    List<Candidate> offers();

    /** What fits a request now, or why nothing does. Asks afresh where the cache would lead to a refusal. */
    Ranking rank(GpuRequest request);

    /** Finds a model by canonical name or alias, ignoring case. */
    Optional<GpuModel> model(String nameOrAlias);
}
