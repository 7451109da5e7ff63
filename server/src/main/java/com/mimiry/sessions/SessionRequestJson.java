package com.mimiry.sessions;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST /sessions}, for the API's description; {@link SessionRequests} reads it, with more patience. */
@Schema(
        name = "SessionRequest",
        requiredProperties = {"name", "image"})
record SessionRequestJson(
        @Schema(minLength = 1, maxLength = 64) String name,

        Image image,
        @Nullable Gpu gpu,

        @Nullable @Schema(description = "Run by /bin/sh -c; without one the machine waits to be used over ssh")
        String command,

        @Nullable Map<String, String> environmentVars,
        @Nullable AutoTerminate autoTerminate,

        @Nullable @Schema(defaultValue = "true") Boolean sshEnabled,

        @Nullable @Schema(description = "Another key than the one that the token came from")
        String sshPublicKey,

        @Nullable @Schema(description = "One of your registered keys")
        UUID sshKeyId,

        @Nullable List<Mount> volumeMounts,

        @Nullable @Schema(description = "Seconds after its start at which it is stopped", minimum = "1")
        Long maxDuration,

        @Nullable @Schema(description = "EUR; it is stopped when its cost reaches this")
        BigDecimal maxCost,

        @Nullable @Schema(description = "Id or slug; without it, your own organization")
        String orgId) {
    record Image(
            @Schema(examples = "pytorch/pytorch:latest") String uri,
            @Nullable RegistryAuth registryAuth) {}

    record RegistryAuth(String username, String password) {}

    /** All fields narrow the choice; without any, the cheapest GPU will do. */
    record Gpu(
            @Nullable @Schema(description = "Names or short forms, in order of preference")
            List<String> types,

            @Nullable List<String> family,
            @Nullable List<String> formFactor,

            @Nullable @Schema(description = "GB of one GPU, at least")
            List<Integer> vramGb,

            @Nullable @Schema(defaultValue = "1", minimum = "1")
            Integer count,

            @Nullable List<String> priority,

            @Nullable @Schema(minimum = "1", maximum = "100")
            Integer maxAttempts,

            @Nullable @Schema(description = "EUR an hour for one GPU; dearer candidates are left out")
            BigDecimal maxHourlyRate,

            @Nullable String provider,
            @Nullable String location,

            @Nullable @Schema(
                    defaultValue = "false",
                    description =
                            "Only machines that their provider may take back at any moment; cheaper. The session then ends"
                                    + " with stop_reason spot_reclaimed")
            Boolean spot) {}

    record AutoTerminate(
            @Schema(enumeration = {"on_complete", "on_success", "never"})
            String mode) {}

    record Mount(@Nullable UUID volumeId, @Nullable String volumeName, String mountPath) {}
}
