package com.mimiry.oversight;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.mimiry.providers.Holdings.Inventory;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Kind;
import com.mimiry.providers.Holdings.Owner;
import com.mimiry.providers.Holdings.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a provider holds for us, whether all of it is accounted for, and what was done about the rest.
 *
 * @param at when it was looked at
 * @param askedBy an e-mail address, {@code command line}, or {@code timer}
 * @param dryRun whether nothing was done
 * @param complete whether all that there is could be seen
 * @param gaps what could not be seen, in words
 * @param summary all of it in a sentence
 * @param items all, or in a stored report of the timer those that are not as they should be
 */
public record SweepReport(
        String provider,
        Instant at,
        String askedBy,
        boolean dryRun,
        boolean complete,
        List<String> gaps,
        String summary,
        List<Count> counts,
        List<Line> items) {
    public SweepReport {
        gaps = List.copyOf(gaps);
        counts = List.copyOf(counts);
        items = List.copyOf(items);
    }

    /**
     * How many there are of a kind, by verdict.
     *
     * @param foreign those that are not ours; never touched
     */
    public record Count(
            String kind,
            int owned,
            int expected,
            int orphan,
            int tooYoung,
            int kept,
            int missing,
            int unseen,
            int foreign) {
        /** What is there and ours. */
        int held() {
            return owned + orphan + tooYoung + kept;
        }

        int unaccounted() {
            return orphan + tooYoung + kept + missing + unseen;
        }
    }

    /**
     * One thing, or the place where one should be.
     *
     * @param providerId the provider's own name for it; "" where it shows none
     * @param id ours
     * @param ageS in seconds; null where nobody says when it was made
     * @param state as the provider shows it
     * @param destroyFrom from when on it is old enough to be destroyed; null where it is not to be
     * @param note why the verdict is so
     * @param outcome what was done about it; "" = nothing
     */
    public record Line(
            String kind,
            String providerId,
            @Nullable UUID id,
            String location,
            @Nullable Long ageS,
            String state,
            @Nullable Row owner,
            String verdict,
            @Nullable Instant destroyFrom,
            String note,
            String outcome) {
        static Line of(Item item, Instant now, String outcome) {
            Owner owner = item.owner();
            return new Line(
                    item.kind().text(),
                    item.reference(),
                    item.id(),
                    item.location(),
                    item.since() == null
                            ? null
                            : Math.max(0, Duration.between(item.since(), now).toSeconds()),
                    item.state(),
                    owner == null ? null : new Row(owner.type(), owner.id(), owner.state()),
                    item.verdict().text(),
                    item.destroyFrom(),
                    item.note(),
                    outcome);
        }
    }

    /** The row that something belongs to. */
    public record Row(String type, UUID id, String state) {}

    static SweepReport of(
            String provider,
            Instant at,
            String askedBy,
            boolean dryRun,
            Inventory seen,
            List<String> gaps,
            IdentityHashMap<Item, String> outcomes) {
        List<Count> counts = counts(seen);
        return new SweepReport(
                provider,
                at,
                askedBy,
                dryRun,
                gaps.isEmpty(),
                gaps,
                summary(provider, counts, seen.items(), gaps.isEmpty()),
                counts,
                seen.items().stream()
                        .map(item -> Line.of(item, at, outcomes.getOrDefault(item, "")))
                        .toList());
    }

    /** Without what is as it should be. */
    SweepReport unaccounted() {
        List<Line> remarkable = items.stream()
                .filter(line -> !line.verdict().equals(Verdict.OWNED.text())
                        && !line.verdict().equals(Verdict.EXPECTED.text()))
                .toList();
        return new SweepReport(provider, at, askedBy, dryRun, complete, gaps, summary, counts, remarkable);
    }

    /** Whether everything that was seen is as it should be. */
    @JsonIgnore
    public boolean isAccountedFor() {
        return notAccountedFor() == 0;
    }

    int held() {
        return counts.stream().mapToInt(Count::held).sum();
    }

    int notAccountedFor() {
        return counts.stream().mapToInt(Count::unaccounted).sum();
    }

    private static List<Count> counts(Inventory seen) {
        List<Count> counts = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Map<Verdict, Long> by = seen.items().stream()
                    .filter(item -> item.kind() == kind)
                    .collect(Collectors.groupingBy(Item::verdict, Collectors.counting()));
            int foreign = seen.foreign().getOrDefault(kind, 0);
            if (!by.isEmpty() || seen.foreign().containsKey(kind)) {
                counts.add(new Count(
                        kind.text(),
                        number(by, Verdict.OWNED),
                        number(by, Verdict.EXPECTED),
                        number(by, Verdict.ORPHAN),
                        number(by, Verdict.TOO_YOUNG),
                        number(by, Verdict.KEPT),
                        number(by, Verdict.MISSING),
                        number(by, Verdict.UNSEEN),
                        foreign));
            }
        }
        return counts;
    }

    private static int number(Map<Verdict, Long> by, Verdict verdict) {
        return by.getOrDefault(verdict, 0L).intValue();
    }

    private static String summary(String provider, List<Count> counts, List<Item> items, boolean complete) {
        int held = counts.stream().mapToInt(Count::held).sum();
        Map<String, Integer> others = new LinkedHashMap<>();
        items.stream()
                .filter(item -> !item.verdict().accountedFor())
                .forEach(item -> others.merge(
                        item.verdict().text().replace('_', ' ') + " "
                                + item.kind().text(),
                        1,
                        Integer::sum));
        String what = "%d resource%s at %s, ".formatted(held, held == 1 ? "" : "s", provider)
                + (others.isEmpty()
                        ? "all accounted for"
                        : "not accounted for: "
                                + others.entrySet().stream()
                                        .map(each -> each.getValue() + " " + each.getKey())
                                        .collect(Collectors.joining(", ")));
        return complete ? what : what + "; but not everything could be seen";
    }
}
