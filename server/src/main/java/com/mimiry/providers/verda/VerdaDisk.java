package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.providers.ProviderFailure;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A volume as Verda shows it: an instance's own disk, or one of our volumes, or somebody else's.
 *
 * @param tagged our tag, where its tags say that it is this deployment's volume
 * @param named our tag by its name, where it shows no tags; the name does not say whose it is
 * @param trashed whether it can only be restored or deleted for good
 * @param instances that have it
 * @param target its name as a device of the instance, such as {@code vdb}; "" where it is not said
 */
record VerdaDisk(
        UUID id,
        String name,
        @Nullable UUID tagged,
        @Nullable UUID named,
        Status status,
        boolean trashed,
        Set<UUID> instances,
        String target,
        int sizeGb,
        String location,
        @Nullable Instant createdAt) {
    /** What Verda's word for it means to us. */
    enum Status {
        MAKING,
        DETACHED,
        ATTACHED,
        /** On its way to or from an instance. */
        MOVING,
        ENDING,
        GONE;

        static Status of(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "created", "detached" -> DETACHED;
                case "attached", "exported" -> ATTACHED;
                case "deleting", "canceling" -> ENDING;
                case "deleted", "canceled" -> GONE;
                case "ordered", "creating", "cloning", "restoring" -> MAKING;
                // Unknown words too: nothing is done to it before a known one is read.
                default -> MOVING;
            };
        }
    }

    /** @throws ProviderFailure.Unavailable when it has no id: then the answer it is from is not whole */
    static VerdaDisk of(JsonNode json, boolean trashed, VerdaNames names) {
        UUID id = VerdaAnswers.idOrNull(json.path("id").asText(null));
        if (id == null) {
            throw new ProviderFailure.Unavailable("verda shows a volume without an id", null);
        }
        String target = json.path("target").asText("");
        boolean discarded = trashed || json.hasNonNull("deleted_at");
        Status status = Status.of(json.path("status").asText(""));
        if (json.path("is_permanently_deleted").asBoolean(false)) {
            status = Status.GONE;
        } else if (discarded && status == Status.GONE) {
            status = Status.DETACHED;
        }
        return new VerdaDisk(
                id,
                json.path("name").asText(""),
                names.volumeOf(json).orElse(null),
                VerdaNames.volumeNamed(json).orElse(null),
                status,
                discarded,
                instances(json),
                target.equals("null") ? "" : target,
                json.path("size").asInt(0),
                json.path("location").asText(""),
                time(json.path("created_at").asText("")));
    }

    boolean isFree() {
        return status == Status.DETACHED && instances.isEmpty() && !trashed;
    }

    /** Objects in practice, plain ids by the specification. */
    private static Set<UUID> instances(JsonNode json) {
        Set<UUID> ids = new LinkedHashSet<>();
        for (JsonNode instance : json.path("instances")) {
            UUID id = VerdaAnswers.idOrNull(instance.path("id").asText(instance.asText()));
            if (id != null) {
                ids.add(id);
            }
        }
        return ids;
    }

    private static @Nullable Instant time(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException _) {
            return null;
        }
    }
}
