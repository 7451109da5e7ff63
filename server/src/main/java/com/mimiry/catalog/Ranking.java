package com.mimiry.catalog;

import java.util.List;

/** What the market has for a request. */
public sealed interface Ranking {
    /** Candidates that can launch now, best first; hinted ones before the rest. Never empty. */
    record Ranked(List<Candidate> candidates) implements Ranking {}

    /**
     * None is free now.
     *
     * @param fitting offers that could be had later; empty where it is not known which there are
     */
    record NothingFree(List<Candidate> fitting, String message) implements Ranking {}

    /**
     * No offer could ever match.
     *
     * @param filter the field that removed the last candidate, such as {@code gpu.max_hourly_rate}
     */
    record Impossible(String filter, String message) implements Ranking {}
}
