package com.mimiry.volumes;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which volumes a list shows; an empty list of a filter means that it does not apply.
 *
 * @param operations primaries, such as {@code deleting}
 */
record VolumeFilter(
        Collection<UUID> organizations,
        List<String> states,
        List<String> statesNot,
        List<String> operations,
        List<String> operationsNot,
        @Nullable Instant updatedAfter,
        @Nullable Instant updatedBefore,
        int limit,
        int offset) {

    static final String CONDITIONS = """
            where org_id = any(cast(:organizations as uuid[]))
              and (cast(:states as text[]) = '{}' or state = any(cast(:states as text[])))
              and not state = any(cast(:states_not as text[]))
              and (cast(:operations as text[]) = '{}'
                   or split_part(operation, '__', 1) = any(cast(:operations as text[])))
              and not split_part(operation, '__', 1) = any(cast(:operations_not as text[]))
              and (cast(:updated_after as timestamptz) is null or updated_at > cast(:updated_after as timestamptz))
              and (cast(:updated_before as timestamptz) is null or updated_at < cast(:updated_before as timestamptz))
            """;

    Map<String, @Nullable Object> bindings() {
        Map<String, @Nullable Object> bindings = new HashMap<>();
        bindings.put(
                "organizations",
                array(organizations.stream().map(UUID::toString).toList()));
        bindings.put("states", array(states));
        bindings.put("states_not", array(statesNot));
        bindings.put("operations", array(operations));
        bindings.put("operations_not", array(operationsNot));
        bindings.put("updated_after", updatedAfter == null ? null : updatedAfter.atOffset(ZoneOffset.UTC));
        bindings.put("updated_before", updatedBefore == null ? null : updatedBefore.atOffset(ZoneOffset.UTC));
        return bindings;
    }

    /** PostgreSQL's text form of an array; the values are checked words and ids. */
    private static String array(List<String> values) {
        return "{" + String.join(",", values) + "}";
    }
}
