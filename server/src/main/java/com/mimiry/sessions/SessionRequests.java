package com.mimiry.sessions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.api.ApiException;
import com.mimiry.catalog.GpuCatalog;
import com.mimiry.catalog.GpuDraft;
import com.mimiry.catalog.GpuRequest;
import com.mimiry.containers.ContainerEngine.RegistryAuth;
import com.mimiry.containers.ImageReference;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the body of {@code POST /sessions}; unknown fields are ignored, everything known is checked. */
@Singleton
final class SessionRequests {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int NAME_MAX = 64;
    /** Linux passes no single argument or variable above 128 KiB, its final NUL included. */
    private static final int EXEC_STRING_MAX = 131_071;

    private static final List<String> GPU_FIELDS = List.of(
            "types",
            "family",
            "form_factor",
            "vram_gb",
            "count",
            "priority",
            "max_attempts",
            "max_hourly_rate",
            "provider",
            "location",
            "spot");
    private static final int EXEC_TOTAL_MAX = 1 << 20;
    private static final long DURATION_MAX_S = 10L * 366 * 24 * 3600;

    private final GpuCatalog catalog;

    SessionRequests(GpuCatalog catalog) {
        this.catalog = catalog;
    }

    NewSession parse(JsonNode body) {
        JsonFields fields = JsonFields.of(body);
        String command = command(fields);
        Map<String, String> environment = environment(fields, command);
        JsonFields image = fields.object("image");
        if (image == null) {
            throw ApiException.invalidField("image.uri", "The field image.uri is required.");
        }
        Long maxDuration = fields.whole("max_duration", 1, DURATION_MAX_S);
        JsonNode gpu = fields.node("gpu");
        Boolean sshEnabled = fields.bool("ssh_enabled");
        return new NewSession(
                name(fields),
                imageUri(image),
                gpu(gpu),
                known(gpu),
                command,
                new SessionSecrets(environment, registryAuth(image)),
                masked(environment),
                autoTerminate(fields, command),
                sshEnabled == null || sshEnabled,
                fields.text("ssh_public_key"),
                fields.uuid("ssh_key_id"),
                MountFields.read(fields),
                maxDuration == null ? null : Duration.ofSeconds(maxDuration),
                fields.money("max_cost"),
                fields.text("org_id"));
    }

    /** What is kept of the request and shown again: nothing that nobody has checked. */
    private static String known(@Nullable JsonNode gpu) {
        return gpu instanceof ObjectNode object
                ? object.deepCopy().retain(GPU_FIELDS).toString()
                : "{}";
    }

    private static String name(JsonFields fields) {
        String name = fields.requiredText("name");
        int length = name.codePointCount(0, name.length());
        boolean printable = name.codePoints().noneMatch(Character::isISOControl) && !name.isBlank();
        if (length < 1 || length > NAME_MAX || !printable) {
            throw ApiException.invalidField(
                    "name", "name must have 1 to 64 printable characters; it has %d.".formatted(length));
        }
        return name;
    }

    private static String imageUri(JsonFields image) {
        String uri = image.requiredText("uri");
        try {
            ImageReference.parse(uri);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalidField("image.uri", "image.uri is not an image reference: " + e.getMessage());
        }
        return uri;
    }

    private static @Nullable RegistryAuth registryAuth(JsonFields image) {
        JsonFields auth = image.object("registry_auth");
        return auth == null ? null : new RegistryAuth(auth.requiredText("username"), auth.requiredText("password"));
    }

    private static @Nullable String command(JsonFields fields) {
        String command = fields.text("command");
        // Clients that build JSON with a shell send the word.
        if (command == null || command.isBlank() || command.equals("null")) {
            return null;
        }
        int bytes = command.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > EXEC_STRING_MAX) {
            throw ApiException.invalidField(
                    "command", "command has %d bytes; Linux takes %d at most.".formatted(bytes, EXEC_STRING_MAX));
        }
        return command;
    }

    private static Map<String, String> environment(JsonFields fields, @Nullable String command) {
        JsonFields object = fields.object("environment_vars");
        Map<String, String> environment = new LinkedHashMap<>();
        long total = command == null ? 0 : command.getBytes(StandardCharsets.UTF_8).length;
        if (object != null) {
            for (Map.Entry<String, JsonNode> entry : object.object().properties()) {
                String key = entry.getKey();
                String value = object.text(key);
                String where = object.path(key);
                if (key.isEmpty() || key.indexOf('=') >= 0 || key.indexOf('\0') >= 0) {
                    throw ApiException.invalidField(where, "A variable's name must not be empty nor contain = or NUL.");
                }
                if (value == null) {
                    throw ApiException.invalidField(where, where + " must be a string, not null.");
                }
                int bytes = (key + "=" + value).getBytes(StandardCharsets.UTF_8).length;
                if (bytes > EXEC_STRING_MAX) {
                    throw ApiException.invalidField(
                            where,
                            "%s has %d bytes with its name; Linux takes %d at most."
                                    .formatted(where, bytes, EXEC_STRING_MAX));
                }
                total += bytes;
                environment.put(key, value);
            }
        }
        if (total > EXEC_TOTAL_MAX) {
            throw ApiException.invalidField(
                    "environment_vars",
                    "environment_vars and command have %d bytes together; 1 MiB is the most.".formatted(total));
        }
        return environment;
    }

    private static String masked(Map<String, String> environment) {
        ObjectNode masked = JSON.createObjectNode();
        environment.keySet().forEach(key -> masked.put(key, "***"));
        return masked.toString();
    }

    private static AutoTerminate autoTerminate(JsonFields fields, @Nullable String command) {
        JsonNode node = fields.node("auto_terminate");
        if (node == null) {
            return command == null ? AutoTerminate.NEVER : AutoTerminate.ON_COMPLETE;
        }
        if (node.isBoolean()) {
            return node.booleanValue() ? AutoTerminate.ON_COMPLETE : AutoTerminate.NEVER;
        }
        if (node.isTextual()) {
            return fields.constant("auto_terminate", AutoTerminate.class, node.textValue());
        }
        JsonFields object = fields.object("auto_terminate");
        JsonFields mode = object == null ? fields : object;
        return mode.constant("mode", AutoTerminate.class, mode.requiredText("mode"));
    }

    /** The request for GPUs as it was stored. */
    GpuRequest gpu(String json) {
        try {
            return gpu(JSON.readTree(json));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GpuRequest gpu(@Nullable JsonNode node) {
        if (node != null && !node.isObject()) {
            throw ApiException.invalidField("gpu", "gpu must be an object.");
        }
        JsonFields gpu = new JsonFields(node == null ? JSON.createObjectNode() : node, "gpu");
        Long count = gpu.whole("count", 1, 1024);
        Long attempts = gpu.whole("max_attempts", 1, 100);
        return new GpuDraft(
                        List.copyOf(gpu.texts("types")),
                        List.copyOf(gpu.texts("family")),
                        List.copyOf(gpu.texts("form_factor")),
                        List.copyOf(gpu.wholes("vram_gb", 0, 1_000_000)),
                        count == null ? null : count.intValue(),
                        List.copyOf(gpu.texts("priority")),
                        attempts == null ? null : attempts.intValue(),
                        gpu.decimal("max_hourly_rate"),
                        gpu.text("provider"),
                        gpu.text("location"),
                        gpu.bool("spot"))
                .checked(catalog);
    }
}
