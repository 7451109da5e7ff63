package com.mimiry.catalog;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Guesses what a mistyped name was meant to be. */
final class NearestNames {
    private static final int SHOWN = 3;

    private NearestNames() {}

    /** At most three of the names, the most alike first. */
    static List<String> of(String name, Collection<String> names) {
        String wanted = GpuText.key(name.length() > 64 ? name.substring(0, 64) : name);
        return names.stream()
                .sorted(Comparator.comparingInt((String other) -> distance(wanted, GpuText.key(other)))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(SHOWN)
                .toList();
    }

    /** How many letters must be put in, taken out or changed. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(changed, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
